import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { close, listen } from '../../dev/machine/loopback.ts';
import type { Random } from '../histories/random.ts';
import { CLIENT_ID } from '../support/provider.ts';
import { T0 } from '../support/sessions.ts';
import { mutated, oddText } from './values.ts';

/** An OpenID provider that answers as it should, or nearly so. */
export interface BadProvider {
  readonly issuer: string;
  /** What is made of the answers from now on. @param nonce of the sign-in that is under way */
  behave(random: Random, nonce: string): void;
  close(): Promise<void>;
}

export async function startBadProvider(): Promise<BadProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'a' };
  let random: Random | undefined;
  let nonce = '';

  const idToken = (claims: unknown) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
    const signed = `${part({ alg: 'RS256', kid: 'a' })}.${part(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  const answers: Readonly<Record<string, () => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/me`,
      end_session_endpoint: `${issuer}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/jwks': () => ({ keys: [jwk] }),
    '/token': () => {
      const claims = {
        iss: issuer,
        sub: 'ada',
        aud: `${CLIENT_ID}-secret`,
        nonce,
        iat: T0 / 1_000,
        exp: Math.floor(Date.now() / 1_000) + 600,
        auth_time: T0 / 1_000,
      };
      const given = random?.chance(0.4) ? mutated(claims, random) : claims;
      return { access_token: 'an access token', token_type: 'Bearer', id_token: idToken(given) };
    },
    '/me': () => ({ sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' }),
  };

  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const made = answers[request.url?.split('?')[0] ?? '']?.() ?? {};
    const asked = `${request.headers.authorization ?? ''} ${body}`;
    const { status, type, text } = random
      ? spoilt(random, made, asked)
      : { status: 200, type: 'application/json', text: JSON.stringify(made) };
    response.writeHead(status, { 'content-type': type }).end(text);
  });
  const issuer = `http://127.0.0.1:${await listen(server)}`;
  return {
    issuer,
    behave(given, expected) {
      random = given;
      nonce = expected;
    },
    close: () => close(server),
  };
}

/** What a provider, or a proxy before it, may make of an answer. @param asked what the request said: our own secrets */
function spoilt(random: Random, made: object, asked: string) {
  const kind = random.weighted({
    well: 14,
    mutated: 4,
    text: 1,
    cut: 1,
    echo: 1,
    error: 1,
    status: 1,
    type: 1,
  });
  const json = JSON.stringify(made);
  const error = { error: random.pick(['invalid_grant', 'invalid_client', oddText(random)]) };
  const texts: Readonly<Record<typeof kind, string>> = {
    well: json,
    mutated: JSON.stringify(mutated(made, random)) ?? '',
    text: oddText(random),
    cut: json.slice(0, random.int(0, json.length)),
    echo: asked,
    error: JSON.stringify({ ...error, error_description: random.chance(0.5) ? asked : oddText(random) }),
    status: json,
    type: json,
  };
  const failing = kind === 'error' || kind === 'status' || kind === 'echo';
  return {
    text: texts[kind],
    status: failing ? random.pick([200, 400, 401, 403, 404, 429, 500, 503]) : 200,
    type: kind === 'type' ? random.pick(['text/html', 'text/plain', 'application/jwt']) : 'application/json',
  };
}
