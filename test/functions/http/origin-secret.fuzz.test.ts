import { expect, test } from '@jest/globals';
import { admitOrReply } from '../../../functions/guard/reply.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SITE_URL, send, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const NOW = 1_700_000_000_000;
const [OLD, NEW] = [`old${'o'.repeat(40)}`, `new${'n'.repeat(40)}`];
const originSecrets = [OLD, NEW];
const seen = createRecorder();
const store = createMemoryStore();
const handler = createSessionHandler({
  ...seen,
  store,
  siteUrl: SITE_URL,
  originSecrets,
  proxyHops: 1,
  now: () => NOW,
  clearSiteData: false,
  openapi: { openapi: '3.1.1' },
});
const { cookie } = await signedIn(store, { now: NOW });

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.ipV4(), fc.ipV6());
const secret = fc.constantFrom(OLD, NEW);
const shown = fc.oneof(
  secret,
  text,
  fc.constantFrom('', 'undefined', `${OLD} ${NEW}`, `${OLD},${NEW}`, OLD.toUpperCase()),
  fc.tuple(secret, fc.nat(43)).map(([whole, length]) => whole.slice(0, length)),
  fc.tuple(secret, fc.string({ minLength: 1 })).map((parts) => parts.join('')),
);
const headers = fc.record(
  { 'x-curfew-origin': shown, 'x-forwarded-for': text, 'x-amz-cf-id': text, origin: text },
  { requiredKeys: [] },
);

test('whatever is sent, API and guard answer 403 without a secret and something else with one, and log no more of it than addresses and ids', async () => {
  let through = 0;
  await fc.assert(
    fc.asyncProperty(headers, fc.constantFrom('/api/session', '/api/none'), async (sent, path) => {
      const proven = sent['x-curfew-origin'] === OLD || sent['x-curfew-origin'] === NEW;
      if (proven) through += 1;
      const answer = await send(handler, {
        path,
        headers: sent as Record<string, string>,
        cookies: [cookie],
      });
      expect(answer.status === 403).toBe(!proven);
      expect(answer.status).toBeLessThan(500);
      const asked = { method: 'GET', path, headers: sent, cookies: [cookie] };
      const { session, reply } = await admitOrReply(asked, { store, originSecrets, now: () => NOW });
      expect([session?.state, reply?.status]).toEqual(proven ? ['active', undefined] : [undefined, 403]);
      const { viewerAddress, cloudFrontRequestId = '' } = seen.lines.at(-1)!.data;
      expect(viewerAddress).toMatch(/^[\da-fA-F.:]{2,45}$/);
      if (!proven) expect([viewerAddress, cloudFrontRequestId]).toEqual(['192.0.2.1', '']);
      expect(cloudFrontRequestId).toMatch(/^[\w=-]{0,128}$/);
      expect(JSON.stringify([answer, reply])).not.toMatch(/o{40}|n{40}/);
    }),
    runs(500),
  );
  expect(through).toBeGreaterThan(50);
  expect(seen.said()).not.toMatch(/o{40}|n{40}/);
});
