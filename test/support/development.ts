import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { close, listen } from '../../dev/machine/loopback.ts';
import { createMiddleware } from '../../dev/middleware.ts';
import type { DevOptions } from '../../dev/options.ts';
import type { DevEvent, DevRequest, DevState } from '../../dev/protocol.ts';
import { createDevProxy, type DevProxy } from '../../dev/proxy.ts';
import { createWorld, type World } from '../../dev/world.ts';
import { T0 } from './sessions.ts';

/** What a development server answered. */
export interface DevAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** A development server on this machine, its clock in the test's hand, and a browser's jar of cookies. */
export interface Development {
  readonly origin: string;
  readonly world: World;
  readonly file: string;
  /** What it told the developer. */
  readonly said: string[];
  /** What it told the panel. */
  readonly events: DevEvent[];
  readonly requests: DevRequest[];
  /** What its browser keeps. */
  readonly jar: Map<string, string>;
  now: number;
  /** `NODE_ENV`. */
  environment: string | undefined;
  ask(path: string, asked?: Asked): Promise<DevAnswer>;
  act(action: object): Promise<DevState>;
  state(): Promise<DevState>;
  signIn(name: string): Promise<DevAnswer>;
  close(): Promise<void>;
}

/** @param target of a proxy; left out, it is middleware in front of a handler that answers with the headers it was given */
export async function development(options: DevOptions = {}, target?: string): Promise<Development> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-dev-'));
  const file = options.file ?? path.join(folder, 'sessions.json');
  const said: string[] = [];
  const io = {
    now: () => dev.now,
    randomBytes,
    say: (text: string) => void said.push(text),
    environment: () => dev.environment,
  };
  const world = createWorld({ ...options, file }, io);
  const proxy = target === undefined ? undefined : createDevProxy(world, target);
  const server = proxy ? proxyServer(proxy) : middlewareServer(world);
  const port = await listen(server);
  const jar = new Map<string, string>();
  const events: DevEvent[] = [];
  const requests: DevRequest[] = [];
  world.listen({
    state: () => undefined,
    event: (event) => void events.push(event),
    request: (told) => void requests.push(told),
  });
  const dev: Development = {
    ...{
      origin: `http://localhost:${port}`,
      world,
      file,
      said,
      events,
      requests,
      jar,
      now: T0,
      environment: undefined,
    },
    ask: (url, asked) => ask(port, url, jar, asked),
    async act(action) {
      const answer = await dev.ask('/__curfew/actions', { body: action });
      if (answer.status !== 200) throw new Error(answer.text);
      return JSON.parse(answer.text);
    },
    state: async () => JSON.parse((await dev.ask('/__curfew/state')).text),
    async signIn(name) {
      const { headers } = await dev.ask('/api/auth/sign-in?returnTo=/orders');
      await dev.ask(headers.location ?? '/');
      return dev.ask('/api/auth/sign-in?returnTo=/orders', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ name }).toString(),
      });
    },
    async close() {
      proxy?.close();
      await close(server);
      world.flush();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return dev;
}

function middlewareServer(world: World): Server {
  const middleware = createMiddleware(world);
  return createServer((asked, response) =>
    middleware(asked, response, (error) => {
      response.writeHead(error ? 500 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(error ? { error: String(error) } : asked.headers));
    }),
  );
}

function proxyServer({ serverOptions, listener, upgrade }: DevProxy): Server {
  return createServer(serverOptions, listener).on('upgrade', upgrade);
}

/** As a page of the same origin does, unless its headers say otherwise. */
function ask(
  port: number,
  url: string,
  jar: Map<string, string>,
  { body, headers, method = body === undefined ? 'GET' : 'POST' }: Asked = {},
): Promise<DevAnswer> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ host: '127.0.0.1', port, path: url, method },
      headers: {
        host: `localhost:${port}`,
        'sec-fetch-site': 'same-origin',
        ...(typeof body === 'object' && { 'content-type': 'application/json' }),
        ...(cookie && { cookie }),
        ...headers,
      },
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0/i.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
}
