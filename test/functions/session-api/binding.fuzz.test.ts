import { expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { RunCheck } from '../../../core/protocol.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SITE_URL, send, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const START = 1_700_000_000_000;
const CREDENTIAL = `Basic ${Buffer.from(`run:${'a'.repeat(43)}`).toString('base64')}`;

const authorization = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.base64String({ maxLength: 300 }).map((text) => `Basic ${text}`),
  fc.string({ maxLength: 100 }).map((text) => `Basic ${Buffer.from(`run:${text}`).toString('base64')}`),
);

test('whatever is shown as a credential: no challenge, no error, no end, and no binding but to a credential of our form', async () => {
  await fc.assert(
    fc.asyncProperty(authorization, fc.string(), async (shown, load) => {
      const store = createMemoryStore();
      const handler = createSessionHandler({
        ...createRecorder(),
        store,
        siteUrl: SITE_URL,
        now: () => START,
        clearSiteData: false,
        browserClose: 'run',
        openapi: {},
      });
      const { cookie, session } = await signedIn(store, {
        now: START,
        policy: definePolicy({ browserClose: 'run' }),
      });
      const headers = { 'sec-fetch-site': 'same-origin', authorization: shown };
      const query = new URLSearchParams({ load }).toString();
      for (const path of ['/api/mark', '/api/run/set', '/api/run/check']) {
        const answer = await send(handler, { path, query, headers, cookies: [cookie] });
        expect(answer.status).toBe(200);
        expect(answer.headers).not.toHaveProperty('www-authenticate');
        expect(RunCheck.safeParse(answer.json).success).toBe(true);
      }
      const stored = await store.read(session.sessionId);
      expect(stored?.session.state).toBe('active');
      const user = Buffer.from(shown.replace(/^basic +/i, ''), 'base64').toString();
      if (stored?.binding) expect(user).toMatch(/^run:[\w-]{43}$/);
    }),
    runs(150),
  );
});

test('in any history of sets and checks, the first credential of the first minute stays, and only its absence ends the session', async () => {
  const step = fc.record({
    path: fc.constantFrom('/api/mark', '/api/run/set', '/api/run/check'),
    run: fc.constantFrom('', 'a', 'b'),
    load: fc.constantFrom('navigate', 'reload', 'back_forward', 'probe', 'set'),
    site: fc.constantFrom('same-origin', 'same-site', 'cross-site', 'none'),
    waitMs: fc.constantFrom(0, 1, 20_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = createMemoryStore();
      let now = START;
      const handler = createSessionHandler({
        ...createRecorder(),
        store,
        siteUrl: SITE_URL,
        now: () => now,
        clearSiteData: false,
        browserClose: 'run',
        openapi: {},
      });
      const { cookie, session } = await signedIn(store, {
        now,
        policy: definePolicy({ browserClose: 'run' }),
      });
      let bound = '';
      let confirmed = false;
      let ended = false;
      for (const { path, run, load, site, waitMs } of steps) {
        now += waitMs;
        const headers = {
          'sec-fetch-site': site,
          ...(run && { authorization: CREDENTIAL.replace(/ .*/, ` ${encoded(run)}`) }),
        };
        await send(handler, { path, query: `load=${load}`, headers, cookies: [cookie] });
        const own = site === 'same-origin';
        if (own && !path.endsWith('check') && !ended && now < START + 60_000) bound ||= run;
        if (own && path.endsWith('check')) {
          if (confirmed && run !== bound && !['reload', 'probe'].includes(load)) ended = true;
          if (bound && run === bound && !ended) confirmed = true;
        }
        const stored = await store.read(session.sessionId);
        expect(stored?.session.state).toBe(ended ? 'ended' : 'active');
        expect(stored?.binding?.confirmed ?? false).toBe(confirmed);
        expect(stored?.binding !== undefined).toBe(bound !== '');
      }
    }),
    runs(150),
  );
});

function encoded(run: string): string {
  return Buffer.from(`run:${run.repeat(43)}`).toString('base64');
}
