import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { close, listen } from '../../dev/machine/loopback.ts';
import { createMiddleware } from '../../dev/middleware.ts';
import type { DevAction } from '../../dev/protocol.ts';
import { pathOf } from '../../dev/requests.ts';
import { createWorld, type World } from '../../dev/world.ts';
import { contentSecurityPolicy } from '../../infra/constructs/site-responses.ts';

/** A development server for a browser, with a page under the deployed content security policy. */
export interface DevSite {
  readonly origin: string;
  readonly world: World;
  /** What the developer was told. */
  readonly said: readonly string[];
  /** Each request that has come, with its query. */
  readonly asked: readonly string[];
  /** How many panels follow. */
  followers(): number;
  /** As a panel in another browser does. */
  act(action: DevAction): Promise<void>;
  close(): Promise<void>;
}

/** The page that the tests of the dialog work in, with the panel as a development server puts it there. */
const ORDERS = readFileSync('test/support/pages/orders.html', 'utf8').replace(
  '<head>',
  '<head><script src="/__curfew/panel.js"></script>',
);
const UNPROTECTED = '/unprotected';
const PAGES = new Map([
  ['/', ORDERS],
  // Binds its session to the run of the browser.
  ['/bound', ORDERS.replace('/orders.js', '/bound.js')],
  // Without the deployed content security policy.
  [UNPROTECTED, ORDERS],
]);

export async function startDevSite(): Promise<DevSite> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-panel-'));
  const said: string[] = [];
  const io = {
    now: () => Date.now(),
    randomBytes,
    say: (text: string) => void said.push(text),
    environment: () => undefined,
  };
  const world = createWorld({ file: path.join(folder, 'sessions.json'), users: ['Ada Lovelace'] }, io);
  let followers = 0;
  const middleware = createMiddleware({
    ...world,
    listen(listener) {
      followers += 1;
      const stop = world.listen(listener);
      return () => {
        followers -= 1;
        stop();
      };
    },
  });
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '/');
    middleware(request, response, (error) => {
      if (error) console.error(error);
      void servePage(pathOf(request), response);
    });
  });
  const origin = `http://localhost:${await listen(server)}`;
  return {
    origin,
    world,
    said,
    asked,
    followers: () => followers,
    async act(action) {
      const headers = { origin, 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: JSON.stringify(action) };
      const response = await fetch(`${origin}/__curfew/actions`, sent);
      if (!response.ok) throw new Error(await response.text());
    },
    async close() {
      await close(server);
      world.flush();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function servePage(url: string, response: ServerResponse): Promise<void> {
  const page = PAGES.get(url);
  if (page) {
    const policy = contentSecurityPolicy({ trustedTypes: [] });
    response.writeHead(200, {
      'content-type': 'text/html',
      ...(url !== UNPROTECTED && { 'content-security-policy': policy }),
    });
    response.end(page);
    return;
  }
  const file = /^\/web\/[\w/-]+\.js$/.test(url) ? `dist${url}` : `test/support/pages${url}`;
  const text = await readFile(file).catch(() => undefined);
  const type = file.endsWith('.css') ? 'text/css' : 'text/javascript';
  response.writeHead(text ? 200 : 404, { 'content-type': type }).end(text);
}
