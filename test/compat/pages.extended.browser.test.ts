import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { COOKIES } from '../../core/contract.ts';
import openapi from '../../docs/openapi.json' with { type: 'json' };
import { event } from '../support/http.ts';
import { createRecorder } from '../support/observers.ts';
import type { SiteOptions } from '../support/site.ts';
import { type Harness, onStage, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { current, last, type Release } from './releases.ts';

const MINUTE = 60_000;

/**
 * While a release goes out, and as long as somebody keeps a page open, pages and API are of two releases. Each pair is
 * held to what a user sees.
 */
const PAIRS = [
  { pages: last, api: current },
  { pages: current, api: last },
];
const MODULES = ['client', 'element', 'browser-close'];

/** Signing in and the session API of a release, over a store of its own. */
function serverOf(release: Release): SiteOptions {
  const store = release.createMemoryStore();
  let handler: ReturnType<Release['createSessionHandler']> | undefined;
  return {
    async release(request, { now }) {
      const url = new URL(request.url);
      if (url.pathname === '/api/auth/sign-in') return signIn(url.searchParams.get('returnTo') ?? '/', now());
      handler ??= release.createSessionHandler({
        ...createRecorder(),
        siteUrl: url.origin,
        now,
        store,
        browserClose: 'last-page',
        clearSiteData: false,
        openapi,
      });
      const { cookie = '', ...headers } = Object.fromEntries(request.headers);
      const sent = {
        method: request.method,
        path: url.pathname,
        query: url.search.slice(1),
        headers,
        cookies: cookie === '' ? [] : cookie.split('; '),
        body: request.method === 'POST' ? await request.text() : undefined,
      };
      return responseOf(await handler(event(sent), {} as Context));
    },
  };

  async function signIn(returnTo: string, now: number): Promise<Response> {
    const user = { name: 'Ada Lovelace', email: 'ada@example.com' };
    const policy = release.definePolicy({ browserClose: 'last-page' });
    const started = await release.startSession(
      { store, now },
      { subject: 'ada', user, policy, randomBytes, device: { userAgent: '', address: '192.0.2.1' } },
    );
    const headers = {
      location: returnTo,
      'set-cookie': `${COOKIES.session}=${started.cookieValue}; Path=/; Secure; HttpOnly; SameSite=Lax`,
    };
    return new Response(null, { status: 303, headers });
  }
}

function responseOf(result: APIGatewayProxyStructuredResultV2): Response {
  const { statusCode: status = 0, body, headers = {}, cookies = [] } = result;
  const response = new Response(status === 204 ? null : (body ?? ''), { status });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, String(value));
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** In the place of the page's own script: one that says when it goes. */
const CLOSING_SCRIPT = `
  import { bindToBrowser } from '/web/browser-close.js';
  import { createSessionClient } from '/web/client.js';
  import '/web/element.js';
  const closing = bindToBrowser({ mode: 'last-page' });
  const session = createSessionClient({ fetch: closing.fetch });
  closing.watch(session);
  Object.assign(window, { session, log: [] });
  document.querySelector('session-timeout-dialog').session = session;
  session.start();
`;

for (const { pages, api } of PAIRS) {
  onStage(`pages of ${pages.name}, API of ${api.name}`, tests, () => serverOf(api));

  function tests(stage: Stage): void {
    beforeEach(() => {
      for (const name of pages === last ? MODULES : []) {
        stage.site.pages.set(`/web/${name}.js`, readFileSync(`test/compat/last-release/${name}.js`, 'utf8'));
      }
    });
    const answered = (path: string) =>
      stage.site.requests.filter((request) => request.path === path).map(({ status }) => status);
    test('activity is told, the warning comes, extending holds, and the end says its reason', async () => {
      const tab = await stage.signIn();
      expect(await stage.snapshot(tab)).toMatchObject({ status: 'active', connection: 'online' });
      await stage.pass(10 * MINUTE);
      await tab.press('a');
      await stage.pass(10 * MINUTE);
      expect((await stage.snapshot(tab)).status).toBe('active');
      expect(answered('/api/session/touch')).toContain(200);
      await stage.pass(4 * MINUTE);
      expect(await stage.state(tab)).toBe('warning');
      await stage.answer(tab, 'Enter');
      await until('the extension', async () => (await stage.state(tab)) === '');
      expect((await stage.snapshot(tab)).status).toBe('active');
      await stage.pass(16 * MINUTE);
      expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
      expect(
        await tab.evaluate(
          () =>
            document.querySelector('session-timeout-dialog')!.shadowRoot?.textContent ??
            document.querySelector('session-timeout-dialog')!.textContent,
        ),
      ).toMatch(/15 minutes/);
      expect(stage.site.requests.filter(({ status }) => status >= 500)).toEqual([]);
      expect(tab.errors).toEqual([]);
    });

    test('signing out ends the session in every tab', async () => {
      const [tab, other] = [await stage.signIn(), await stage.tab()];
      await tab.evaluate(() => (globalThis as unknown as Harness).session.signOut());
      await stage.settle();
      for (const each of [tab, other]) {
        expect(await stage.snapshot(each)).toMatchObject({ status: 'ended', reason: 'signed-out' });
      }
      expect(answered('/api/session/sign-out')).toEqual([200]);
    });

    test('a session is bound as far as both know how, and answers the pages that are open', async () => {
      stage.site.pages.set('/orders.js', CLOSING_SCRIPT);
      const tab = await stage.signIn();
      const path = pages === last ? '/api/run/set' : '/api/mark';
      await until('the page to set its mark', async () => answered(path).length > 0);
      await stage.settle();
      // The last release does not know the other path, and its sessions stay unbound then: nobody is signed out for it.
      expect(new Set(answered(path))).toEqual(new Set(pages === last ? [401, 200] : [404]));
      await stage.pass(2 * MINUTE);
      await tab.press('a');
      await stage.pass(2 * MINUTE);
      expect(answered('/api/session/touch')).toContain(200);
      expect((await stage.snapshot(await stage.tab())).status).toBe('active');
      expect(stage.site.requests.filter(({ status }) => status === 403 || status >= 500)).toEqual([]);
    });

    test('a page that goes starts the close grace, and one that is there cancels it', async () => {
      stage.site.pages.set('/orders.js', CLOSING_SCRIPT);
      const first = await stage.signIn();
      const second = await stage.tab();
      await stage.settle();
      stage.forget(first);
      await first.goto(stage.site.elsewhere);
      await until('its beacon', async () => answered('/api/session/close').length === 1);
      await stage.pass(40_000);
      expect(answered('/api/session/open')).toContain(200);
      expect((await stage.snapshot(second)).status).toBe('active');

      stage.forget(second);
      await second.goto(stage.site.elsewhere);
      await until('its beacon', async () => answered('/api/session/close').length === 2);
      await stage.site.idle();
      stage.site.advance(40_000);
      expect(await stage.snapshot(await stage.tab())).toMatchObject({
        status: 'ended',
        reason: 'closed',
      });
    });
  }
}
