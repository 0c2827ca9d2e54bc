import * as client from 'openid-client';
import { BASE_PATH } from '../../core/contract.ts';
import { isLoopback } from '../../core/loopback.ts';
import { memoizeUntilFailure } from './memoize.ts';
import { isRejectedClient, withCodes } from './openid-errors.ts';
import {
  type AuthorizationRequest,
  type CallbackProof,
  type Identity,
  type Provider,
  SignInError,
  shownText,
} from './provider.ts';

export interface OpenIdOptions {
  /** https, or http on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  /** Origin of the site as users see it. */
  readonly siteOrigin: string;
  /** What the path of the callback begins with. @default '/api' */
  readonly basePath?: string | undefined;
  /**
   * Reads the client secret: when it is first needed, and anew after the token endpoint has rejected the client, at
   * most once a minute. Left out: a public client, PKCE alone.
   */
  readonly clientSecret?: (() => Promise<string>) | undefined;
  /**
   * Sign-out at a provider with parameters of its own. Cognito announces an `end_session_endpoint` too, which
   * answers 400 to the parameters of OpenID Connect: so this takes precedence.
   */
  readonly logoutUrl?: string | undefined;
}

/** One request to the provider, seconds: of what `SIGN_IN_DEADLINE_MS` leaves for all of a sign-in. */
const TIMEOUT_SECONDS = 3;
/** How long after a rejected secret was dropped the next one is kept, ms, whatever the token endpoint says of it. */
const RENEWAL_INTERVAL_MS = 60_000;
const SCOPE = 'openid profile email';

/**
 * An OpenID provider by its discovery document, which is read once, by the first request that needs it.
 * Authorization code flow with PKCE (OAuth 2.1; RFC 7636), state, nonce, and `iss` where announced (RFC 9207).
 */
export function openIdProvider(options: OpenIdOptions): Provider {
  const { basePath = BASE_PATH, siteOrigin } = options;
  const redirectUri = new URL(`${basePath}/auth/callback`, siteOrigin).href;
  const secret = memoizeUntilFailure(async () => options.clientSecret?.());
  const configuration = memoizeUntilFailure(() => discover(options, secret.get));
  let renewedAt = Number.NEGATIVE_INFINITY;

  /** The secret may have been rotated: the next sign-in reads it, and makes the client anew. */
  function renew(now: number): void {
    if (Math.abs(now - renewedAt) < RENEWAL_INTERVAL_MS) return;
    renewedAt = now;
    secret.forget();
    configuration.forget();
  }

  return {
    authorizationUrl: withCodes(async (request: AuthorizationRequest) =>
      client.buildAuthorizationUrl(await configuration.get(), {
        redirect_uri: redirectUri,
        scope: SCOPE,
        response_type: 'code',
        state: request.state,
        nonce: request.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(request.codeVerifier),
        code_challenge_method: 'S256',
        // OpenID Connect Core §3.1.2.1. Both: some providers heed only one of them.
        ...(request.reauthenticate && { prompt: 'login', max_age: '0' }),
      }),
    ),
    identify: withCodes(async (callback: CallbackProof) => {
      const config = await configuration.get();
      const tokens = await exchange(config, redirectUri, callback).catch((error: unknown) => {
        if (isRejectedClient(error)) renew(callback.now);
        throw error;
      });
      return identityOf(config, tokens);
    }),
    signOutUrl: () =>
      configuration
        .get()
        .then((config) => endSessionUrl(config, options))
        .catch(() => undefined),
  };
}

async function discover(
  { issuer, clientId }: OpenIdOptions,
  readSecret: () => Promise<string | undefined>,
): Promise<client.Configuration> {
  const server = new URL(issuer);
  const insecure = server.protocol === 'http:';
  if (insecure && !isLoopback(server.hostname))
    throw new SignInError('provider_unavailable', new Error('http issuer'));
  const secret = await readSecret();
  const authentication = secret === undefined ? client.None() : bySupportedMethod(secret);
  return client.discovery(server, clientId, secret, authentication, {
    timeout: TIMEOUT_SECONDS,
    [client.customFetch]: fetchOrUnavailable,
    // The signature of the ID token too, though it comes by TLS from the provider itself (OpenID Connect Core §3.1.3.7,
    // point 6, would do without): ASVS 9.1.1 asks for it, and it costs one request for the keys.
    execute: [client.enableNonRepudiationChecks, ...(insecure ? [client.allowInsecureRequests] : [])],
  });
}

/** `client_secret_basic` unless the provider announces only `client_secret_post` (OpenID Connect Discovery §3). */
function bySupportedMethod(secret: string): client.ClientAuth {
  const basic = client.ClientSecretBasic(secret);
  const post = client.ClientSecretPost(secret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

const TOO_MANY_REQUESTS = 429;

/** A provider that is out of reach, breaks off in the middle of its answer, throttles, or answers 5xx, is not a failed proof. */
const fetchOrUnavailable: client.CustomFetch = async (url, init) => {
  try {
    // The library types its `body` wider than fetch does, and sends none but the form of a token request.
    const response = await fetch(url, init as RequestInit);
    if (response.status >= 500 || response.status === TOO_MANY_REQUESTS) {
      throw new Error(`status ${response.status}`);
    }
    const body = await response.arrayBuffer();
    return new Response(body.byteLength > 0 ? body : null, response);
  } catch (cause) {
    throw new SignInError('provider_unavailable', cause);
  }
};

type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

/** Exchanges the code of the callback for tokens, with every check that the specifications ask for. */
function exchange(
  config: client.Configuration,
  redirectUri: string,
  { query, state, nonce, codeVerifier }: CallbackProof,
): Promise<Tokens> {
  const url = new URL(redirectUri);
  url.search = query.toString();
  return client.authorizationCodeGrant(config, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: codeVerifier,
    idTokenExpected: true,
  });
}

/** Many providers keep name and address out of the ID token when an access token comes with it (Core §5.4). */
async function identityOf(config: client.Configuration, tokens: Tokens): Promise<Identity> {
  // `idTokenExpected`: without an ID token the exchange has failed.
  const claims = tokens.claims()!;
  const incomplete = claims.name === undefined || claims.email === undefined;
  const ask = incomplete && config.serverMetadata().userinfo_endpoint !== undefined;
  const info = ask ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
  const profile: Record<string, unknown> = { ...claims, ...info };
  return {
    subject: claims.sub,
    name: shownText(profile.name) ?? shownText(profile.preferred_username),
    email: shownText(profile.email),
    providerSid: shownText(claims.sid),
    authenticatedAt: claims.auth_time === undefined ? undefined : claims.auth_time * 1_000,
  };
}

/** OpenID Connect RP-Initiated Logout 1.0 §2, without a hint, since no token is kept. Cognito has its own names. */
function endSessionUrl(config: client.Configuration, options: OpenIdOptions): string | undefined {
  const { clientId, siteOrigin, logoutUrl } = options;
  const back = new URL('/', siteOrigin).href;
  if (logoutUrl === undefined) {
    if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
    return client.buildEndSessionUrl(config, { post_logout_redirect_uri: back }).href;
  }
  const url = new URL(logoutUrl);
  url.searchParams.set('client_id', clientId);
  url.searchParams.set('logout_uri', back);
  return url.href;
}
