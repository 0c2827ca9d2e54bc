import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BrowserClose } from '../../../core/contract.ts';
import { BINDABLE_MS, BINDING_PASS_MS, MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import { definePolicy } from '../../../core/policy.ts';
import { admitOrReply } from '../../../functions/guard/reply.ts';
import { issuePass, issuePassOfBefore } from '../../../functions/sessions/binding-pass.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, SITE_URL, send, signedIn } from '../../support/http.ts';
import { bindToRun, markOf } from '../../support/marks.ts';
import { createRecorder } from '../../support/observers.ts';

const START = 1_700_000_000_000;
const THIS = markOf('a');

let now = START;
let store = createMemoryStore();

beforeEach(() => {
  now = START;
  store = createMemoryStore();
});

async function signIn(browserClose: BrowserClose, seed = 'session') {
  return signedIn(store, { now, seed, policy: definePolicy({ browserClose }) });
}

const api = (
  path: string,
  cookie: string,
  auth: string | undefined,
  query = '',
  headers: object = SAME_ORIGIN,
) =>
  send(
    createSessionHandler({
      ...createRecorder(),
      store,
      siteUrl: SITE_URL,
      now: () => now,
      clearSiteData: false,
      browserClose: 'run',
      openapi: {},
    }),
    { path, query, cookies: [cookie], headers: { ...headers, ...(auth && { authorization: auth }) } },
  );

/** What a document load of a page that a handler renders is answered with. */
async function load(
  cookie: string,
  pass = '',
  sent: { method?: string; dest?: string; bounce?: boolean; path?: string; auth?: string } = {},
) {
  const { method = 'GET', dest = 'document', bounce = true, path = '/page?a=/api/b', auth } = sent;
  const headers = {
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': dest,
    'sec-fetch-site': 'same-origin',
    cookie: [cookie, pass].filter(Boolean).join('; '),
    ...(auth && { authorization: auth }),
  };
  const decision = await admitOrReply(
    { method, path, headers },
    { store, now: () => now, siteUrl: SITE_URL, bounce },
  );
  if (decision.session) return 'rendered';
  const { status, body = '' } = decision.reply;
  if (!body.includes('<noscript>')) return status;
  return status === 200 ? 'checked first' : `checked, ${status}`;
}

const passOf = (cookies: readonly string[]) => cookies.find((cookie) => cookie.startsWith('__Host-run='));
const pair = (cookie: string | undefined) => cookie?.split(';')[0] ?? '';

describe('a page that a handler renders', () => {
  test('of a bound session is rendered for a pass only, which only this run gets, and not for long', async () => {
    const { cookie } = await signIn('run');
    expect(await load(cookie)).toBe('checked first');
    await api('/api/mark', cookie, THIS);
    const checked = await api('/api/run/check', cookie, THIS, 'pass=mark&load=set');
    const pass = pair(passOf(checked.cookies));
    expect(passOf(checked.cookies)).toMatch(/; Max-Age=3; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(await load(cookie, pass)).toBe('rendered');
    now += BINDING_PASS_MS - 1;
    expect(await load(cookie, pass)).toBe('rendered');
    now += 1;
    expect(await load(cookie, pass)).toBe('checked first');
    const other = await api('/api/run/check', cookie, undefined, 'pass=mark');
    expect(other).toMatchObject({ json: { run: 'other' }, cookies: [] });
    expect(await load(cookie, pass)).toBe(401);
  });

  test.each(['cookie', 'run', 'last-page'] as const)(
    'of a session that is not bound, policy %s',
    async (mode) => {
      const { cookie } = await signIn(mode);
      expect(await load(cookie)).toBe(mode === 'cookie' ? 'rendered' : 'checked first');
      now += BINDABLE_MS - 1;
      expect(await load(cookie)).toBe(mode === 'cookie' ? 'rendered' : 'checked first');
      now += 1;
      expect(await load(cookie)).toBe('rendered');
    },
  );

  test('where no credential can be set, the check gives a pass all the same', async () => {
    const { cookie } = await signIn('run');
    const checked = await api('/api/run/check', cookie, undefined, 'pass=mark&load=set');
    expect(checked.json).toEqual({ run: 'unmarked' });
    expect(await load(cookie, pair(passOf(checked.cookies)))).toBe('rendered');
  });

  test("another session's pass, and a forged one, are worth nothing", async () => {
    const { cookie } = await signIn('run');
    const stranger = await signIn('run', 'stranger');
    const checked = await api('/api/run/check', stranger.cookie, undefined, 'pass=mark');
    expect(await load(stranger.cookie, pair(passOf(checked.cookies)))).toBe('rendered');
    expect(await load(cookie, pair(passOf(checked.cookies)))).toBe('checked first');
    expect(await load(cookie, `__Host-run=${now + 2_000}.${'A'.repeat(43)}`)).toBe('checked first');
  });

  test('no pass goes to another site, or to a page that does not ask for one', async () => {
    const { cookie } = await signIn('run');
    const asked = (query: string, headers?: object) => api('/api/run/check', cookie, THIS, query, headers);
    expect((await asked('')).cookies).toEqual([]);
    expect((await asked('pass=mark', {})).cookies).toEqual([]);
    expect((await asked('pass=mark', { 'sec-fetch-site': 'cross-site' })).cookies).toEqual([]);
  });

  test('a request for anything but a document, and a guard without `bounce`, is not checked', async () => {
    const { cookie } = await signIn('run');
    expect(await load(cookie, '', { dest: 'empty' })).toBe('rendered');
    expect(await load(cookie, '', { method: 'POST' })).toBe('rendered');
    expect(await load(cookie, '', { bounce: false })).toBe('rendered');
    expect(await load(cookie, '', { dest: 'iframe' })).toBe('checked first');
  });

  describe('of a session that is bound, and confirmed', () => {
    const bound = async () => {
      const signed = await signIn('run');
      await bindToRun(store, signed, 'a');
      now += BINDABLE_MS;
      return signed;
    };
    const passFor = async (cookie: string, auth: string | undefined, query = 'pass=mark') =>
      pair(passOf((await api('/api/run/check', cookie, auth, `${query}&load=probe`)).cookies));

    test('needs a pass that only its run is given: who knows no more than the cookie makes none', async () => {
      const { cookie, session } = await bound();
      expect(await passFor(cookie, undefined)).toBe('');
      const known = (await store.read(session.sessionId))!;
      for (const made of [issuePassOfBefore(known, now), issuePass({ ...known, binding: undefined }, now)]) {
        expect(await load(cookie, `__Host-run=${made}`)).toBe('checked first');
      }
      expect(await load(cookie, await passFor(cookie, THIS, 'pass'))).toBe('checked first');
      expect(await load(cookie, await passFor(cookie, THIS))).toBe('rendered');
    });

    test.each([
      ['a script', { dest: 'empty' }],
      ['a form', { method: 'POST' }],
      ['an image', { dest: 'image' }],
      ['a document without `bounce`', { bounce: false }],
      ['a frame without `bounce`', { bounce: false, dest: 'iframe' }],
    ])('outside /api/, %s is rejected, with a pass and without', async (_, sent) => {
      const { cookie } = await bound();
      expect(await load(cookie, '', sent)).toBe(403);
      expect(await load(cookie, await passFor(cookie, THIS), sent)).toBe(403);
    });

    test.each([
      '/api/report',
      '/api',
      '/API/report?x',
      '/%61pi/report',
      '//api//report',
      '/x/../api/report',
      '/api%2Freport',
    ])('under /api/ no pass counts, only the mark: %s', async (path) => {
      const { cookie, session } = await bound();
      const before = (await store.read(session.sessionId))!.session;
      const pass = await passFor(cookie, THIS);
      expect(await load(cookie, pass, { path })).toBe('checked, 403');
      expect(await load(cookie, pass, { path, bounce: false })).toBe(403);
      expect(await load(cookie, pass, { path, dest: 'iframe' })).toBe('checked, 403');
      expect((await store.read(session.sessionId))!.session).toEqual(before);
      expect(await load(cookie, '', { path, auth: THIS })).toBe('rendered');
    });

    test('by the last release is rendered as it was then', async () => {
      const signed = await signIn('run');
      await bindToRun(store, signed, 'a', MARK_SCOPE_BEFORE);
      const { cookie } = signed;
      expect(await load(cookie)).toBe('checked first');
      for (const query of ['pass', 'pass=mark']) {
        expect(await load(cookie, await passFor(cookie, THIS, query))).toBe('rendered');
      }
      expect(await load(cookie, '', { dest: 'empty' })).toBe('rendered');
      expect(await load(cookie, '', { bounce: false })).toBe('rendered');
    });

    test('is counted as rejected under /api/, where its page comes with 403', async () => {
      const { cookie } = await bound();
      const told: string[] = [];
      const headers = {
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-site': 'none',
        cookie,
      };
      const options = {
        store,
        now: () => now,
        bounce: true,
        observer: { refused: (code: string) => void told.push(code) },
      };
      for (const path of ['/page', '/api/report'])
        await admitOrReply({ method: 'GET', path, headers }, options);
      expect(told).toEqual(['ERR_RUN_UNCONFIRMED']);
    });
  });

  test('the page that checks runs its own script and no other, and extends nothing', async () => {
    const { cookie, session } = await signIn('run');
    const headers = {
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-user': '?1',
      'sec-fetch-site': 'same-origin',
      cookie,
    };
    now += 1_000;
    const { reply } = await admitOrReply(
      { method: 'GET', path: '/page', headers },
      { store, now: () => now, bounce: true },
    );
    const script = /<script data-api="\/api">([\s\S]*)<\/script>/.exec(reply!.body!)![1]!;
    const hash = createHash('sha256').update(script).digest('base64');
    expect(reply!.headers['content-security-policy']).toContain(`script-src 'sha256-${hash}';`);
    expect(reply!.headers['cache-control']).toBe('no-store');
    expect((await store.read(session.sessionId))?.session).toEqual(session);
  });
});
