import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { refusal } from '../../support/site.ts';
import { type Harness, onStage, type Stage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

/** The page of an application whose policy binds sessions to a run, with `curfew/browser-close` and without. */
const script = (isBinding: boolean) => `
  import { bindToBrowser } from '/web/browser-close.js';
  import { createSessionClient } from '/web/client.js';
  import '/web/element.js';
  const binding = ${isBinding} ? bindToBrowser({ mode: 'run' }) : undefined;
  const session = createSessionClient(binding ? { fetch: binding.fetch } : {});
  binding?.watch(session);
  Object.assign(window, { session, log: [] });
  session.addEventListener('ended', () => log.push('ended'));
  document.querySelector('session-timeout-dialog').session = session;
  session.start();
`;

onStage('a request that does not show the mark of its run', tests, () => ({
  policyOf: () => ({ browserClose: 'run' }),
  // An application that answers 401 for a reason of its own, and guards the rest.
  async api(request, { store, now }) {
    if (request.url.endsWith('/api/refuses')) return new Response('', { status: 401 });
    return (await refusal(request, { store, now })) ?? Response.json({ items: [] });
  },
}));

function tests(stage: Stage): void {
  const asked = (path: string, since = 0) =>
    stage.site.requests.slice(since).filter((request) => request.path === path);
  /** Signs in, and waits until the session is bound. */
  async function bound(): Promise<TestPage> {
    stage.site.pages.set('/orders.js', script(true));
    const tab = await stage.signIn();
    await until('the binding', async () =>
      asked('/api/run/check').some(({ reply }) => reply.includes('"same"')),
    );
    await stage.settle();
    return tab;
  }
  /** As if the browser had lost the mark: it shows another one, which is that of no session. */
  async function loseMark(tab: TestPage): Promise<number> {
    await tab.evaluate(
      () =>
        new Promise((resolve) => {
          const request = new XMLHttpRequest();
          request.onloadend = resolve;
          request.open('GET', '/api/mark', true, 'run', 'x'.repeat(43));
          request.send();
        }),
    );
    return stage.site.requests.length;
  }
  const refresh = async (tab: TestPage) => {
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    return stage.snapshot(tab);
  };

  test('is made again where the page knows the mark: nothing has happened', async () => {
    const tab = await bound();
    const since = await loseMark(tab);
    expect(await refresh(tab)).toMatchObject({ status: 'active', connection: 'online' });
    expect(asked('/api/session', since).map(({ status }) => status)).toEqual([403, 200]);
    expect(await stage.log(tab)).toEqual([]);
    expect((await stage.site.session())?.state).toBe('active');
  });

  test('is made again where another page of the run knows the mark', async () => {
    await bound();
    const other = await stage.tab();
    const since = await loseMark(other);
    expect(await refresh(other)).toMatchObject({ status: 'active', connection: 'online' });
    expect(asked('/api/session', since).map(({ status }) => status)).toEqual([403, 200]);
  });

  test("after a 401 of the application's own, at which Chromium forgets the mark, nothing has happened", async () => {
    await bound();
    // Not the page that has made the mark.
    const tab = await stage.tab();
    const since = stage.site.requests.length;
    await tab.evaluate(() => fetch('/api/refuses'));
    expect(await refresh(tab)).toMatchObject({ status: 'active', connection: 'online' });
    await tab.evaluate(() => (globalThis as unknown as Harness).session.fetch('/api/refuses'));
    await until(
      'the mark',
      async () => (await tab.evaluate(async () => (await fetch('/api/items')).status)) === 200,
    );
    expect(asked('/api/session', since).at(-1)?.status).toBe(200);
    expect(await stage.log(tab)).toEqual([]);
    expect((await stage.site.session())?.state).toBe('active');
  });

  test('after a link on another site to the API, which brings the mark and no cookie, nothing has happened', async () => {
    const tab = await bound();
    const since = stage.site.requests.length;
    const stranger = await stage.context.page();
    await stranger.goto(stage.site.elsewhere);
    for (const path of ['/api/session', '/api/items']) {
      await stranger.evaluate((url) => void window.open(url), stage.site.origin + path);
      await until(path, async () => asked(path, since).some(({ status }) => status > 0));
    }
    await stage.settle();
    expect(asked('/api/session', since).map(({ status }) => status)).not.toContain(401);
    expect(asked('/api/items', since).map(({ status }) => status)).not.toContain(401);
    const asking = stage.site.requests.length;
    expect(await refresh(tab)).toMatchObject({ status: 'active', connection: 'online' });
    expect(asked('/api/session', asking).map(({ status }) => status)).toEqual([200]);
  });

  test("the application's own is made again as well, with its body", async () => {
    const tab = await bound();
    const since = await loseMark(tab);
    const answer = await tab.evaluate(async () => {
      const { session } = globalThis as unknown as Harness;
      const headers = { 'content-type': 'application/json' };
      const response = await session.fetch('/api/items', { method: 'POST', headers, body: '{"a":1}' });
      return response.status;
    });
    expect(answer).toBe(200);
    expect(asked('/api/items', since).map(({ status, body }) => [status, body])).toEqual([
      [403, { a: 1 }],
      [200, { a: 1 }],
    ]);
  });

  test('with an `Authorization` of its own is answered 403, once asked again, and ends nothing', async () => {
    const tab = await bound();
    const since = stage.site.requests.length;
    const answer = await tab.evaluate(async () => {
      const { session } = globalThis as unknown as Harness;
      const response = await session.fetch('/api/items', { headers: { authorization: 'Bearer abc' } });
      return (await response.json()).code;
    });
    expect(answer).toBe('ERR_RUN_UNCONFIRMED');
    expect(asked('/api/items', since).map(({ status }) => status)).toEqual([403, 403]);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'active', connection: 'online' });
  });

  test('in a page without curfew/browser-close ends the session, which the page says', async () => {
    await bound();
    stage.site.pages.set('/orders.js', script(false));
    const tab = await stage.tab();
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'active' });
    const since = await loseMark(tab);
    expect(await refresh(tab)).toMatchObject({ status: 'ended', reason: 'closed' });
    // The other page is told, and asks by itself.
    expect(
      asked('/api/session', since)
        .map(({ status }) => status)
        .slice(0, 2),
    ).toEqual([403, 401]);
  });
}
