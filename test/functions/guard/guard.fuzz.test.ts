import { expect, test } from '@jest/globals';
import { createCheck } from '../../../functions/guard/fetch.ts';
import { admitOrReply } from '../../../functions/guard/reply.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { SITE_URL, signedIn } from '../../support/http.ts';

const START = 1_700_000_000_000;
const store = createMemoryStore();
const { session, cookie, secret } = await signedIn(store, { now: START });

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '0', '-1', '1e9', '0x10', ' 5', '5 ', '٣', 'NaN'),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'curfew-idle-for',
    'sec-fetch-site',
    'sec-fetch-mode',
    'sec-fetch-dest',
    'sec-fetch-user',
    'origin',
    'cookie',
  ),
  fc.oneof(
    text,
    fc.constantFrom('navigate', 'document', '?1', 'cross-site', 'same-origin', cookie, `${cookie}; a=b`),
  ),
);

test('whatever the headers say, nobody gains more than now plus idle timeout and touch interval, and no secret is told', async () => {
  let now = START;
  await fc.assert(
    fc.asyncProperty(headers, text, fc.constantFrom('GET', 'POST', 'HEAD'), async (sent, path, method) => {
      now += 1;
      const before = (await store.read(session.sessionId))!.session;
      const request = { method, headers: sent, path: `/${path}` };
      const options = { store, now: () => now, siteUrl: SITE_URL, bounce: true } as const;
      const { session: given, reply } = await admitOrReply(request, options);
      const after = (await store.read(session.sessionId))!.session;
      expect(after.idleExpiresAt).toBeGreaterThanOrEqual(before.idleExpiresAt);
      expect(after.idleExpiresAt).toBeLessThanOrEqual(now + after.idleTimeoutMs + after.touchIntervalMs);
      if (after.activeUntil !== before.activeUntil) expect(given?.state).toBe('active');
      expect(JSON.stringify({ given, reply })).not.toContain(secret);
      expect(reply?.status ?? 200).not.toBe(500);
    }),
    runs(400),
  );
});

test('an age that is no plain number of ms is no activity', async () => {
  const digits = /^\d{1,15}$/;
  await fc.assert(
    fc.asyncProperty(
      text.filter((said) => !digits.test(said)),
      async (said) => {
        const fresh = createMemoryStore();
        const made = await signedIn(fresh, { now: START });
        const asked = { method: 'GET', path: '/', headers: { cookie: made.cookie, 'curfew-idle-for': said } };
        const options = { store: fresh, now: () => START + 120_000 };
        await admitOrReply(asked, options);
        expect((await fresh.read(made.session.sessionId))!.session.lastActivityAt).toBe(START);
      },
    ),
  );
});

test('a request of the fetch API has the same outcome as that of a server', async () => {
  const printable = fc.dictionary(
    fc.constantFrom('curfew-idle-for', 'cookie'),
    fc.constantFrom('0', '7', 'x', cookie, `a=b; ${cookie}`, `${cookie}x`),
  );
  await fc.assert(
    fc.asyncProperty(printable, async (sent) => {
      const options = { store, now: () => START, onMissing: 'attach' } as const;
      const request = new Request('https://app.example.com/x', { headers: sent });
      const byFetch = await createCheck(options)(request);
      const byServer = await admitOrReply({ method: 'GET', path: '/x', headers: sent }, options);
      expect(byFetch.session).toEqual(byServer.session);
    }),
  );
});
