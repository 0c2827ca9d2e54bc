import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sharedBrowser } from '../../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../../support/driver.ts';
import { startSite, type TestSite } from '../../support/site.ts';
import { until } from '../../support/until.ts';

/** Opens a small window in a click, and keeps what it hears. */
const OPENER = `<!doctype html><title>opener</title><link rel="icon" href="data:,"><button>Open</button><script>
  globalThis.heard = [];
  new BroadcastChannel('window').onmessage = ({ data }) => heard.push(data);
  globalThis.open1 = () => { globalThis.small = open('/api/begin' + location.search, '_blank', 'popup,width=480,height=640'); };
  document.querySelector('button').onclick = open1;
</script>`;
/** Comes back from the provider, tells the tabs, and closes itself. */
const END = `<!doctype html><title>end</title><link rel="icon" href="data:,"><script>
  new BroadcastChannel('window').postMessage({ opener: opener !== null });
  setTimeout(close, 100);
</script>`;

const COOP = ['same-origin', 'same-origin-allow-popups', 'unsafe-none'] as const;
const COMBINATIONS = COOP.flatMap((site) => COOP.map((end) => [site, end] as const));

describe('a small window that signs in, in WebKit', () => {
  let browser: TestBrowser;
  let site: TestSite;
  let context: TestContext;
  let tab: TestPage;
  /** What the window's last page is served with. */
  let ofEnd: string;

  beforeAll(async () => {
    browser = await sharedBrowser('webkit');
    site = await startSite({
      https: true,
      async release(request) {
        const { pathname, searchParams } = new URL(request.url);
        if (pathname === '/api/opener') return page(OPENER, searchParams.get('coop')!);
        if (pathname === '/api/auth/callback') return page(END, ofEnd);
        const provider = `${site.elsewhere}/authorize?${new URLSearchParams({ site: site.origin, state: '' })}`;
        return Response.redirect(provider, 302);
      },
    });
  });
  afterAll(async () => {
    await site.close();
    await browser.close();
  });
  beforeEach(async () => {
    context = await browser.context();
    tab = await context.page();
  });
  afterEach(() => context.close());

  function page(text: string, coop: string): Response {
    return new Response(text, {
      headers: { 'content-type': 'text/html', 'cross-origin-opener-policy': coop },
    });
  }
  const windows = async () => (await tab.webkit!.getAllWindowHandles()).length;
  const heard = () => tab.evaluate(() => (globalThis as unknown as { heard: object[] }).heard);
  const small = () =>
    tab.evaluate(() => (globalThis as unknown as { small: Window | null }).small?.closed ?? null);

  test.each(COMBINATIONS)(
    'tells the tabs once over the channel and closes itself: page %s, end %s',
    async (coop, end) => {
      ofEnd = end;
      await tab.goto(`${site.origin}/api/opener?coop=${coop}`);
      await tab.click('button');
      await until('the word', async () => (await heard()).length > 0);
      await until('the window to close', async () => (await windows()) === 1);
      // Where the page's policy, or that of the end, severs the two, neither knows of the other: the channel is what remains.
      expect(await heard()).toHaveLength(1);
    },
  );

  test('is severed by the policy of the page: it knows no opener, and is taken for closed while it is open', async () => {
    ofEnd = 'same-origin';
    await tab.goto(`${site.origin}/api/opener?coop=same-origin`);
    await tab.click('button');
    await until('the word', async () => (await heard()).length > 0);
    expect(await heard()).toEqual([{ opener: false }]);
    expect(await small()).toBe(true);
  });

  test('is not opened without a click: null says so', async () => {
    await tab.goto(`${site.origin}/api/opener?coop=same-origin`);
    await tab.evaluate(() => (globalThis as unknown as { open1(): void }).open1());
    expect(await small()).toBeNull();
    expect(await windows()).toBe(1);
  });
});
