import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage, type Stage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

/** The page of an application whose policy binds sessions to a run of the browser. */
const SCRIPT = `
  import { bindToBrowser } from '/web/browser-close.js';
  import { createSessionClient } from '/web/client.js';
  import '/web/element.js';
  const binding = bindToBrowser({ mode: 'run' });
  const session = createSessionClient({ fetch: binding.fetch });
  binding.watch(session);
  Object.assign(window, { session, log: [] });
  document.querySelector('session-timeout-dialog').session = session;
  session.start();
`;

onStage('a session that begins in a small window is bound to the run of the browser', tests, () => ({
  policyOf: () => ({ browserClose: 'run' }),
}));

function tests(stage: Stage): void {
  const replies = (path: string, since = 0) =>
    stage.site.requests.slice(since).filter((request) => request.path === path);
  const isBound = (since = 0) =>
    until('the binding', async () =>
      replies('/api/run/check', since).some(({ reply }) => reply.includes('"same"')),
    );
  const becomes = (tab: TestPage, status: string) =>
    until(`the tab to be ${status}`, async () => (await stage.snapshot(tab)).status === status);
  const refresh = (tab: TestPage) =>
    tab.evaluate(() => void (globalThis as unknown as Harness).session.refresh());
  async function signInAgain(tab: TestPage): Promise<number> {
    await stage.seen(tab);
    const since = stage.site.requests.length;
    await tab.front();
    await tab.click('session-timeout-dialog >>> .again');
    return since;
  }

  test('by one of the pages that were open, although the session before was bound as well', async () => {
    stage.site.pages.set('/orders.js', SCRIPT);
    const tabs = [await stage.signIn()];
    await isBound();
    tabs.push(await stage.tab());
    await stage.settle();
    await stage.site.end('idle');
    for (const tab of tabs) await refresh(tab);
    for (const tab of tabs) await becomes(tab, 'ended');
    await stage.settle();
    const since = await signInAgain(tabs[0]!);
    for (const tab of tabs) await becomes(tab, 'active');
    await isBound(since);
    await stage.settle();
    // The second one finds it bound.
    const checks = replies('/api/run/check', since).map(({ reply }) => reply);
    expect(checks.at(-1)).toContain('"same"');
    expect(checks.filter((reply) => reply.includes('"unmarked"'))).toHaveLength(1);
    // Whatever asks shows the mark from then on.
    const answer = await tabs[1]!.evaluate(async () => (await fetch('/api/items')).status);
    expect(answer).toBe(200);
    const { authorization } = replies('/api/items', since)[0]!.headers;
    expect(authorization).toMatch(/^Basic /);
  });

  test('by a page that was not of the run of the session before', async () => {
    stage.site.pages.set('/orders.js', SCRIPT);
    const tab = await stage.signIn();
    await isBound();
    // Another mark, as of another run, that no page knows of: a reload shows nothing, and ends nothing.
    await tab.evaluate(
      () =>
        new Promise((resolve) => {
          const request = new XMLHttpRequest();
          request.onloadend = resolve;
          request.open('GET', '/api/mark', true, 'run', 'x'.repeat(43));
          request.send();
        }),
    );
    await tab.evaluate(() => {
      Reflect.deleteProperty(globalThis, 'session');
      location.reload();
    });
    await until('the client', () => tab.evaluate(() => 'session' in globalThis));
    // Each time that it looks for its run, once it has its answer, another page may take as long to answer.
    await stage.settle();
    await stage.pass(1_000);
    await becomes(tab, 'ended');
    const since = await signInAgain(tab);
    await until('the end of the sign-in', async () => replies('/api/auth/callback', since).length > 0);
    await stage.settle();
    await stage.pass(1_000);
    await becomes(tab, 'active');
    await isBound(since);
  });
}
