import { expect, test } from '@jest/globals';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, SITE_URL, send, signedIn } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';

const NOW = 1_700_000_000_000;
const seen = createRecorder();
const store = createMemoryStore();
const handler = createSessionHandler({
  ...seen,
  store,
  siteUrl: SITE_URL,
  now: () => NOW,
  clearSiteData: false,
  draftKeys: createDraftKeys(KEYRING),
  openapi: { openapi: '3.1.1' },
});
const { session, cookie, secret } = await signedIn(store, { now: NOW });
const { sessionId } = session;

const path = fc.constantFrom(
  '/api/session',
  '/api/session/touch',
  '/api/session/open',
  '/api/session/close',
  '/api/session/draft-key',
  '/api/sessions',
  '/api/sessions/revoke',
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'HEAD');
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant(cookie), fc.constant(secret));
const age = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.string());
const field = fc.oneof(fc.constant(sessionId), fc.json(), text, fc.anything());
const body = fc.oneof(
  text,
  fc.json(),
  fc
    .record({ sessionId: field, idleForMs: age, target: field, keyId: field }, { requiredKeys: [] })
    .map(stringify),
);
const headers = fc.oneof(
  fc.constant({ ...SAME_ORIGIN, 'content-type': 'application/json' }),
  fc.dictionary(fc.constantFrom('origin', 'sec-fetch-site', 'content-type', 'cookie', 'user-agent'), text),
);
const cookies = fc.option(
  fc.array(
    fc.oneof(
      fc.constant(cookie),
      text,
      text.map((value) => `__Host-session=${value}`),
    ),
  ),
  { nil: undefined },
);

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

test('whatever is sent, the reply is one that the API describes, and does not contain the secret', async () => {
  await fc.assert(
    fc.asyncProperty(method, path, headers, cookies, body, fc.boolean(), async (...sent) => {
      const [verb, where, head, jar, content, base64] = sent;
      const answer = await send(handler, {
        method: verb,
        path: where,
        headers: head as Record<string, string>,
        body: content,
        base64,
        ...(jar && { cookies: jar }),
      });
      expect(answer.status).not.toBe(500);
      expect(answer.text + JSON.stringify(answer.headers)).not.toContain(secret);
    }),
    runs(300),
  );
  expect(seen.said()).not.toContain(secret);
  expect(seen.lines.filter((line) => line.level === 'error')).toEqual([]);
});

test('no touch, whatever it says, moves a deadline past now plus the idle timeout, or back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(age, fc.anything()), async (idleForMs) => {
      const before = (await store.read(sessionId))!.session;
      await send(handler, {
        method: 'POST',
        path: '/api/session/touch',
        headers: { ...SAME_ORIGIN, 'content-type': 'application/json' },
        cookies: [cookie],
        body: stringify({ sessionId, idleForMs }),
      });
      const after = (await store.read(sessionId))!.session;
      expect(after.idleExpiresAt).toBeGreaterThanOrEqual(before.idleExpiresAt);
      expect(after.idleExpiresAt).toBeLessThanOrEqual(NOW + after.idleTimeoutMs);
    }),
  );
});
