import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { type Configuration } from 'oidc-provider';
import { close, listen } from '../../dev/machine/loopback.ts';
import { providerConfiguration } from '../../local/provider/configuration.ts';
import { providerListener } from '../../local/provider/sign-in-form.ts';
import { SITE_URL } from './http.ts';

export const CLIENT_ID = 'curfew-test';
export const CLIENT_SECRET = 'a client secret that is long enough';

export interface RunningProvider {
  readonly issuer: string;
  /** Does not answer these paths as it should while set. */
  broken: RegExp | undefined;
  /** What it does then: it answers 503 or 429, or breaks its answer off. */
  breaksBy: 'failing' | 'throttling' | 'breaking off';
  /** While set, the keys that the provider publishes are not those that it signs with. */
  otherKeys: boolean;
  /** Every request so far, `POST /token`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** The local runtime's OpenID provider and users, with clients of its own, in this process. */
export async function startProvider(): Promise<RunningProvider> {
  quiet();
  const server = createServer();
  const issuer = `http://127.0.0.1:${await listen(server)}`;
  const provider = new Provider(issuer, configuration());
  const running: RunningProvider = {
    issuer,
    broken: undefined,
    breaksBy: 'failing',
    otherKeys: false,
    requests: [],
    stop: () => close(server),
  };
  provider.use(async (context, next) => {
    if (running.otherKeys && context.path === '/jwks') {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      context.body = {
        keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'local' }],
      };
      return;
    }
    if (!running.broken?.test(context.path)) return next();
    if (running.breaksBy === 'breaking off') {
      context.respond = false;
      context.res
        .writeHead(200, { 'content-type': 'application/json' })
        .write('{', () => context.res.destroy());
      return;
    }
    context.status = running.breaksBy === 'failing' ? 503 : 429;
    context.body = 'down';
  });
  const answer = providerListener(provider);
  server.on('request', (request, response) => {
    running.requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    answer(request, response);
  });
  return running;
}

function configuration(): Configuration {
  const local = providerConfiguration(SITE_URL);
  const client = {
    redirect_uris: [`${SITE_URL}/api/auth/callback`],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    require_auth_time: true,
  } as const;
  return {
    ...local,
    clients: [
      {
        ...client,
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        post_logout_redirect_uris: [`${SITE_URL}/`],
        // ID tokens of clients that want to hear of a session's end carry its id.
        backchannel_logout_uri: `${SITE_URL}/api/auth/back-channel-logout`,
        backchannel_logout_session_required: true,
      },
      { ...client, client_id: `${CLIENT_ID}-secret`, client_secret: CLIENT_SECRET },
    ],
    // As most providers: name and address are at the userinfo endpoint only.
    conformIdTokenClaims: true,
    features: { ...local.features, backchannelLogout: { enabled: true } },
  };
}

/** It warns at length that its defaults are for development, which is what they are used for. */
function quiet(): void {
  console.info = () => undefined;
  console.warn = () => undefined;
}
