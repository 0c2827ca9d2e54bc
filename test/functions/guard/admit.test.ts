import { beforeEach, describe, expect, test } from '@jest/globals';
import { definePolicy, type PolicyInput } from '../../../core/policy.ts';
import { admit, type GuardRequest } from '../../../functions/guard/admit.ts';
import type { GuardOptions } from '../../../functions/guard/options.ts';
import { issuePass } from '../../../functions/sessions/binding-pass.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { SITE_URL, signedIn } from '../../support/http.ts';
import { bindToRun, markOf } from '../../support/marks.ts';

const START = 1_700_000_000_000;
const DOCUMENT = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-user': '?1',
};

let now = START;
let store = createMemoryStore();
let spent = { reads: 0, writes: 0, clock: 0, cookies: 0 };

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  spent = { reads: 0, writes: 0, clock: 0, cookies: 0 };
});

/** Admits a request, and counts what it reads and writes. */
async function counted(request: Omit<GuardRequest, 'path'>, options: Partial<GuardOptions> = {}) {
  const { read, touch, end } = store;
  const headers = Object.defineProperty({ ...request.headers }, 'cookie', {
    get: () => {
      spent.cookies += 1;
      return request.headers.cookie;
    },
  });
  return admit(
    { ...request, path: '/page', headers },
    {
      store: {
        ...store,
        read: (id) => {
          spent.reads += 1;
          return read(id);
        },
        touch: (write) => {
          spent.writes += 1;
          return touch(write);
        },
        end: (write) => {
          spent.writes += 1;
          return end(write);
        },
      },
      now: () => {
        spent.clock += 1;
        return now;
      },
      siteUrl: SITE_URL,
      ...options,
    },
  );
}

const signIn = (input: PolicyInput = {}) => signedIn(store, { now, policy: definePolicy(input) });
const once = { reads: 1, clock: 1, cookies: 1 };

describe('a request costs one read of the row, one of the clock and one parse of the cookies:', () => {
  test('a passive one', async () => {
    const { cookie } = await signIn();
    await counted({ method: 'GET', headers: { cookie } });
    expect(spent).toEqual({ ...once, writes: 0 });
  });

  test('an active one, and a write', async () => {
    const { cookie } = await signIn();
    now += 120_000;
    await counted({ method: 'GET', headers: { cookie, 'curfew-idle-for': '0' } });
    expect(spent).toEqual({ ...once, writes: 1 });
  });

  test('a page of a bound session, which has to be checked first, and writes nothing', async () => {
    const { cookie } = await signIn({ browserClose: 'run' });
    const { page } = await counted({ method: 'GET', headers: { ...DOCUMENT, cookie } }, { bounce: true });
    expect(page?.body).toContain('<noscript>');
    expect(spent).toEqual({ ...once, writes: 0 });
  });

  test('the same page with a pass, which is rendered, and slides the session', async () => {
    const { cookie, session: signedIn } = await signIn({ browserClose: 'run' });
    const stored = (await store.read(signedIn.sessionId))!;
    now += 59_000;
    const pair = `${cookie}; __Host-run=${issuePass(stored, now)}`;
    const request = { method: 'GET', headers: { ...DOCUMENT, cookie: pair } };
    const { session } = await counted(request, { bounce: true });
    expect(session).toMatchObject({ state: 'active', lastActivityAt: now });
    expect(spent).toEqual({ ...once, writes: 1 });
  });

  test('a request that does not show the mark of its run, which is rejected and writes nothing', async () => {
    const signed = await signIn({ browserClose: 'run' });
    await bindToRun(store, signed, 'a');
    const { cookie } = signed;
    const headers = { cookie, 'curfew-idle-for': '0' };
    now += 120_000;
    await expect(counted({ method: 'GET', headers })).rejects.toMatchObject({ code: 'ERR_RUN_UNCONFIRMED' });
    expect(spent).toEqual({ ...once, writes: 0 });
    await counted({ method: 'GET', headers: { ...headers, authorization: markOf('a') } });
    expect(spent).toEqual({ reads: 2, clock: 2, cookies: 2, writes: 1 });
  });

  test('a page of a session that is bound to nothing', async () => {
    const { cookie } = await signIn();
    const request = { method: 'GET', headers: { ...DOCUMENT, 'sec-fetch-user': '?0', cookie } };
    expect(await counted(request, { bounce: true })).toMatchObject({ session: { state: 'active' } });
    expect(spent).toEqual({ ...once, writes: 0 });
  });

  test('an expired session, which is ended', async () => {
    const { cookie, session } = await signIn();
    now = session.idleExpiresAt;
    await expect(counted({ method: 'GET', headers: { cookie } })).rejects.toMatchObject({ reason: 'idle' });
    expect(spent).toEqual({ ...once, writes: 1 });
  });

  test('a cookie whose secret is wrong', async () => {
    const { session } = await signIn();
    const cookie = `__Host-session=${session.sessionId}.${'b'.repeat(43)}`;
    const request = { method: 'GET', headers: { ...DOCUMENT, cookie } };
    await expect(counted(request, { bounce: true })).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    expect(spent).toEqual({ ...once, writes: 0 });
  });
});

describe('nothing is read for', () => {
  const none = { reads: 0, writes: 0, clock: 0, cookies: 1 };

  test('a request without a cookie of our form', async () => {
    const headers = { cookie: '__Host-session=x' };
    await expect(counted({ method: 'GET', headers })).rejects.toMatchObject({ code: 'ERR_SESSION_MISSING' });
    expect(spent).toEqual(none);
  });

  test('a request of another site that may change state', async () => {
    const { cookie } = await signIn();
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    await expect(counted({ method: 'POST', headers })).rejects.toMatchObject({ code: 'ERR_CROSS_SITE' });
    expect(spent).toEqual(none);
  });

  test('a page that is reached from another site, and asks again from this one', async () => {
    const headers = { ...DOCUMENT, 'sec-fetch-site': 'cross-site' };
    const { page } = await counted({ method: 'GET', headers }, { bounce: true });
    expect(page?.body).toContain('location.replace("/page")');
    expect(spent).toEqual(none);
  });
});

test('a link on another site that shows a mark, and not the Strict cookie, is no 401: Chromium would forget the mark', async () => {
  const headers = { ...DOCUMENT, 'sec-fetch-site': 'cross-site', authorization: markOf('a') };
  const asked = { method: 'GET', headers };
  await expect(counted(asked)).rejects.toMatchObject({ code: 'ERR_CROSS_SITE' });
  expect(await counted(asked, { onMissing: 'attach' })).toEqual({ session: { state: 'none' } });
  const { authorization: _, ...unmarked } = headers;
  await expect(counted({ ...asked, headers: unmarked })).rejects.toMatchObject({
    code: 'ERR_SESSION_MISSING',
  });
});

test('the observer is told of every refusal, that of the store too', async () => {
  const told: string[] = [];
  const observer = { refused: (code: string) => void told.push(code) };
  const outage = Object.assign(new Error('throttled'), { code: 'ERR_STORE_UNAVAILABLE' });
  const { cookie } = await signIn({ browserClose: 'run' });
  store = {
    ...store,
    read: async () => {
      throw outage;
    },
  };
  const request = { method: 'GET', headers: { ...DOCUMENT, cookie } };
  await expect(counted(request, { bounce: true, observer })).rejects.toBe(outage);
  expect(told).toEqual(['ERR_STORE_UNAVAILABLE']);
});
