import { expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { ROUTES } from '../../../core/routes.ts';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, send, signedIn } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';

const AUTHORIZATION = `Basic ${Buffer.from(`run:${'a'.repeat(43)}`).toString('base64')}`;

const pathsBy = (method: 'GET' | 'POST') =>
  ROUTES.filter((route) => route.function === 'session' && route.method === method).map(({ path }) => path);

/** Sends a request five minutes after sign-in. @returns the session before and after */
async function change(request: (session: { sessionId: string; cookie: string }) => Sent) {
  const store = createMemoryStore();
  const policy = definePolicy({ browserClose: 'last-page' });
  const { session, cookie } = await signedIn(store, { now: T0, policy });
  const { sessionId } = session;
  const handler = createSessionHandler({
    ...createRecorder(),
    store,
    siteUrl: SITE_URL,
    now: () => T0 + 5 * MINUTE,
    clearSiteData: false,
    draftKeys: createDraftKeys(KEYRING),
    openapi: { openapi: '3.1.1' },
  });
  const answer = await send(handler, request({ sessionId, cookie }));
  return { answer, before: session, after: (await store.read(sessionId))!.session };
}

test.each(pathsBy('GET'))(
  'GET %s neither slides nor ends a session, even if it declares an activity',
  async (path) => {
    const headers = { ...SAME_ORIGIN, 'curfew-idle-for': '0', authorization: AUTHORIZATION };
    const { answer, before, after } = await change(({ cookie }) => ({ path, cookies: [cookie], headers }));
    expect(answer.status).toBeLessThan(500);
    expect(after).toEqual(before);
  },
);

const bodyOf = (path: string, sessionId: string) => ({
  sessionId,
  ...(path === '/api/sessions/revoke' && { target: 'all' }),
});

test.each(pathsBy('POST'))(
  'POST %s changes nothing from another site, and does its work from this one',
  async (path) => {
    const post = (headers: Record<string, string>) =>
      change(({ sessionId, cookie }) => ({
        method: 'POST',
        path,
        cookies: [cookie],
        headers,
        body: bodyOf(path, sessionId),
      }));
    const foreign = await post({ 'sec-fetch-site': 'cross-site' });
    expect(foreign.answer).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
    expect(foreign.after).toEqual(foreign.before);
    const own = await post(SAME_ORIGIN);
    expect(own.answer.status).toBeLessThan(300);
    // Opening cancels a close grace, and none is running here. A key changes nothing.
    if (path === '/api/session/open' || path === '/api/session/draft-key')
      expect(own.after).toEqual(own.before);
    else expect(own.after).not.toEqual(own.before);
  },
);
