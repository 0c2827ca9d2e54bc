import { afterEach, expect, test } from '@jest/globals';
import { freePort } from '../../../dev/machine/loopback.ts';
import { findProvider, ProviderError } from '../../../local/provider/own-provider.ts';
import { type Served, serve } from '../../support/serve.ts';

let provider: Served | undefined;
afterEach(async () => {
  await provider?.close();
  provider = undefined;
});

/** A provider that answers its discovery document, and nothing else. */
async function answering(document: (origin: string) => Response): Promise<string> {
  const served = await serve(async (request) => {
    const { origin, pathname } = new URL(request.url);
    return pathname === '/realms/app/.well-known/openid-configuration' ? document(origin) : undefined;
  });
  provider = served;
  return `${served.origin}/realms/app`;
}

const SIGN_IN = 'https://login.example.com/authorize?tenant=1';
const document =
  (change: object = {}) =>
  (origin: string) =>
    Response.json({ issuer: `${origin}/realms/app`, authorization_endpoint: SIGN_IN, ...change });

test('browsers are sent where the discovery document says', async () => {
  expect(await findProvider(await answering(document()))).toBe('https://login.example.com');
});

test('an issuer may end in a slash', async () => {
  const issuer = `${await answering((origin) => document({ issuer: `${origin}/realms/app/` })(origin))}/`;
  expect(await findProvider(issuer)).toBe('https://login.example.com');
});

test.each<[string, (origin: string) => Response, RegExp]>([
  ['nothing there', () => new Response('', { status: 404 }), /no discovery document .*: it answers 404$/],
  ['a page', () => new Response('<html>'), /no discovery document of an OpenID provider at http/],
  ['another document', () => Response.json({ issuer: 1 }), /no discovery document of an OpenID provider/],
  [
    'another issuer',
    document({ issuer: 'https://id.example.com' }),
    /says that it is 'https:\/\/id\.example\.com': that is what --issuer must be/,
  ],
  ['an issuer that is no address', document({ issuer: 'app' }), /says that it is 'app'/],
])('%s is said', async (_what, answer, message) => {
  const finding = findProvider(await answering(answer));
  await expect(finding).rejects.toThrow(ProviderError);
  await expect(finding).rejects.toThrow(message);
});

test('a provider out of reach is said, with the address and the cause', async () => {
  const port = await freePort();
  await expect(findProvider(`http://127.0.0.1:${port}/realms/app`)).rejects.toThrow(
    new RegExp(
      `^the provider is out of reach: http://127\\.0\\.0\\.1:${port}/realms/app/\\.well-known/.* \\(.*ECONNREFUSED`,
    ),
  );
});
