import { createServer, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { close, listen } from '../../dev/machine/loopback.ts';
import { browsersHere, sharedBrowser } from '../support/browsers.ts';
import { startCommand } from '../support/dev-command.ts';
import { type DevSite, startDevSite } from '../support/dev-site.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import type { Harness } from '../support/stage.ts';
import { until } from '../support/until.ts';

jest.setTimeout(60_000);

/** What goes wrong on a developer's machine, made to happen in a real browser, and what is said of it. */
describe.each(browsersHere())('on a developer’s machine, in %s', (name) => {
  let browser: TestBrowser;
  let site: DevSite;
  let context: TestContext;
  let page: TestPage;
  /** Ends what a test has started beside the site. */
  let closing: (() => Promise<void>)[];

  beforeAll(async () => {
    browser = await sharedBrowser(name);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    closing = [];
    site = await startDevSite();
    context = await browser.context();
    page = await context.page();
  });
  afterEach(async () => {
    await context.close();
    await site.close();
    for (const end of closing) await end();
  });

  const status = () => page.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot().status);
  const text = () => page.evaluate(() => document.body.innerText);
  const signIn = async (origin: string) => {
    await page.goto(`${origin}/api/auth/sign-in?returnTo=/`);
    await page.click('button[name=user]');
    await until('the session', async () => (await status()) === 'active');
  };
  const isSaid = (wanted: RegExp, said = site.said) =>
    until(`${wanted} is said`, async () => said.some((each) => wanted.test(each)));

  test('of the certificate of --https the browser says that its issuer is not known', async () => {
    const command = await startCommand({ https: true });
    closing.push(command.close);
    await expect(page.goto(command.origin)).rejects.toThrow(
      /ERR_CERT_AUTHORITY_INVALID|MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT/,
    );
  });

  test('a page of 127.0.0.1 that asks the API of localhost is named, with the address to open', async () => {
    const other = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Orders</title>');
    });
    const port = await listen(other);
    closing.push(() => close(other));
    await page.goto(`http://127.0.0.1:${port}`);
    const ask = (init: RequestInit) =>
      page.evaluate(
        (url, options) =>
          fetch(url, options).then(
            () => 'answered',
            () => 'nothing',
          ),
        `${site.origin}/api/session`,
        init,
      );
    expect(await ask({ credentials: 'include' })).toBe('nothing');
    const json = { 'content-type': 'application/json' };
    expect(await ask({ credentials: 'include', method: 'POST', headers: json, body: '{}' })).toBe('nothing');
    expect(site.said).toEqual([
      expect.stringContaining(`A page of http://127.0.0.1:${port} asks the API of ${site.origin}`),
    ]);
    expect(site.said[0]).toContain(`Open the page at http://localhost:${port}`);
  });

  test.each(['cookie', 'set-cookie'])(
    'a proxy that takes %s away is said to, in place of names',
    async (taken) => {
      const behind = new URL(site.origin).port;
      const proxy = createServer((asked, response) => {
        delete asked.headers[taken];
        const { url: path, method, headers } = asked;
        const sent = request({ host: '127.0.0.1', port: behind, path, method, headers }, (reply) => {
          delete reply.headers[taken];
          response.writeHead(reply.statusCode ?? 502, reply.headers);
          reply.pipe(response);
        });
        asked.pipe(sent);
      });
      const origin = `http://localhost:${await listen(proxy)}`;
      closing.push(() => close(proxy));
      await page.goto(`${origin}/api/auth/sign-in?returnTo=/`);
      expect(await text()).toContain('This browser keeps no cookies of this site');
      expect(await text()).toContain('it has to hand on Cookie and Set-Cookie as they are');
      await isSaid(/a proxy in front of this server takes Cookie or Set-Cookie away/);
    },
  );

  test('a service worker that answers for the server is told of, and noticed by the panel', async () => {
    await page.goto(`${site.origin}/unprotected`);
    await page.click('curfew-panel >>> .open');
    await page.evaluate(async () => {
      const { serviceWorker } = navigator;
      const controlled = new Promise((resolve) => {
        serviceWorker.oncontrollerchange = resolve;
      });
      await serviceWorker.register('/shell-worker.js');
      await controlled;
    });
    await isSaid(/has a service worker.*leave \/api\/ and \/__curfew alone/);
    await page.click('curfew-panel >>> .row .small');
    await until('the notice', () =>
      page.evaluate(() => {
        const said = document.querySelector('curfew-panel')!.shadowRoot!.querySelector('.said');
        return (
          said?.textContent?.startsWith('Something else has answered for the development server') === true
        );
      }),
    );
    await page.goto(`${site.origin}/api/auth/sign-in?returnTo=/`);
    expect(await page.evaluate(() => document.title)).toBe('Shell');
  });

  test('two servers that take each other’s sessions away are told apart by the port, and one of another name keeps its own', async () => {
    const second = await startDevSite();
    closing.push(second.close);
    await signIn(site.origin);
    await signIn(second.origin);
    await page.goto(site.origin);
    await until('the end', async () => (await status()) === 'none' || (await status()) === 'ended');
    const { port } = new URL(second.origin);
    const named = site.origin.replace('localhost', 'app.localhost');
    await isSaid(new RegExp(`signed in at port ${port} of localhost.*such as ${named}`));
    await signIn(named);
    await signIn(second.origin);
    await page.goto(named);
    await until('the session', async () => (await status()) === 'active');
  });
});
