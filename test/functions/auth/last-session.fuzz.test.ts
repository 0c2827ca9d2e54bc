import { expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { openLastSession, sealLastSession } from '../../../functions/auth/last-session.ts';
import { seal } from '../../../functions/service-secret/seal.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createAuthHandler } from '../../support/handlers.ts';
import { redirectOf, SITE_URL, seededBytes, send, signedIn } from '../../support/http.ts';
import { KEYRING, keyringOf } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';

const NOW = 1_700_000_000_000;
const randomBytes = seededBytes('last session');
const sealing = { keyring: KEYRING, now: NOW, randomBytes };
const ID = 'i'.repeat(22);

test('is the id, sealed: who carries it reads nothing of it', async () => {
  const sealed = await sealLastSession(ID, sealing);
  expect(sealed).toMatch(/^[\w-]{8}\.[\w-]{67}$/);
  expect(Buffer.from(sealed.split('.')[1]!, 'base64url').toString('latin1')).not.toContain(ID);
  expect(await openLastSession(sealed, sealing)).toBe(ID);
  expect(await openLastSession(undefined, sealing)).toBeUndefined();
});

test('a wrong, a foreign and an old one is ignored: the sign-in goes on, and ends the session of nobody', async () => {
  const store = createMemoryStore();
  const { session } = await signedIn(store, { now: NOW, subject: 'grace' });
  const mine = await sealLastSession(session.sessionId, sealing);
  const foreign = await sealLastSession(session.sessionId, {
    ...sealing,
    keyring: keyringOf('the service secret of somebody else'),
  });
  const otherUse = await seal({ ...sealing, use: 'sign-in' }, session.sessionId, randomBytes);
  let state = '';
  const handler = createAuthHandler({
    ...createRecorder(),
    store,
    keyring: KEYRING,
    policy: definePolicy(),
    siteUrl: SITE_URL,
    provider: {
      async authorizationUrl(request) {
        state = request.state;
        return new URL('https://id.example.com/authorize');
      },
      identify: async () => ({ subject: 'ada', authenticatedAt: NOW }),
      signOutUrl: async () => undefined,
    },
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    proxyHops: 0,
    now: () => NOW,
    randomBytes,
  });

  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(foreign, otherUse, session.sessionId, `${mine}A`, `${mine}; __Host-last=other`),
    fc.nat(mine.length - 1).map((length) => mine.slice(0, length)),
    fc
      .tuple(fc.nat(mine.length - 1), fc.constantFrom('', '.', '%', '~'))
      .map(([at, put]) => mine.slice(0, at) + put + mine.slice(at + 1))
      .filter((changed) => changed !== mine),
  );
  await fc.assert(
    fc.asyncProperty(value, async (last) => {
      const begun = await send(handler, { path: '/api/auth/sign-in' });
      const cookies = [begun.cookies[0]!.split(';')[0]!, `__Host-last=${last}`];
      const answer = await send(handler, {
        path: '/api/auth/callback',
        query: `code=c&state=${state}`,
        cookies,
      });
      expect(redirectOf(answer)).toBe('/');
      expect(answer.cookies).toHaveLength(2);
      expect((await store.read(session.sessionId))?.session.state).toBe('active');
    }),
    runs(100),
  );
});
