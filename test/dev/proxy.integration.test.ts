import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { close, freePort, listen } from '../../dev/machine/loopback.ts';
import { type Development, development } from '../support/development.ts';

const DOCUMENT = { 'sec-fetch-dest': 'document' };
const PANEL = '<script src="/__curfew/panel.js"></script>';
let application: Server;
let target: string;
let dev: Development;

beforeAll(async () => {
  application = createServer((asked, response) => {
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://localhost');
    if (pathname === '/headers') return void response.end(JSON.stringify(asked.headers));
    if (pathname === '/away') return void response.writeHead(302, { location: `${target}/in` }).end();
    const body = '<!doctype html><title>Orders</title>';
    response.writeHead(Number(searchParams.get('status') ?? 200), {
      'content-type': searchParams.get('type') ?? 'text/html',
      'content-length': Buffer.byteLength(body),
      ...(searchParams.has('csp') && { 'content-security-policy': "default-src 'none'" }),
    });
    return void response.end(body);
  }).on('upgrade', (asked, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    socket.end(`${asked.headers['x-curfew-subject']} ${asked.headers['x-curfew-state']}`);
  });
  target = `http://127.0.0.1:${await listen(application)}`;
});
afterAll(() => close(application));
beforeEach(async () => {
  dev = await development({}, target);
});
afterEach(() => dev.close());

test('an application in any language is told of the session, by the host that the browser asked for', async () => {
  await dev.signIn('alice');
  const told = JSON.parse((await dev.ask('/headers', { headers: { 'X-Curfew-Email': 'forged' } })).text);
  expect(told).toMatchObject({ 'x-curfew-subject': 'alice', host: new URL(dev.origin).host });
  expect(told).not.toHaveProperty('x-curfew-email');
});

test('a redirect to the application’s own address stays in front of it', async () => {
  const { headers } = await dev.ask('/away');
  expect(headers.location).toBe(`${dev.origin}/in`);
});

describe('the panel', () => {
  test('is loaded first by each page', async () => {
    const { text, headers } = await dev.ask('/', { headers: DOCUMENT });
    expect(text).toBe(`<!doctype html>${PANEL}<title>Orders</title>`);
    expect(headers).not.toHaveProperty('content-length');
  });

  test.each([
    ['/', {}],
    ['/', { 'sec-fetch-dest': 'empty' }],
    ['/', { 'sec-fetch-dest': 'iframe' }],
    ['/?type=text/plain', DOCUMENT],
    ['/?status=404', DOCUMENT],
    ['/?csp', DOCUMENT],
  ])('is not in %s, asked for with %j', async (path, headers) => {
    expect((await dev.ask(path, { headers })).text).toBe('<!doctype html><title>Orders</title>');
  });

  test('is told of where a page forbids it', async () => {
    await dev.ask('/?csp', { headers: DOCUMENT });
    expect(dev.said).toEqual([
      `/ forbids the panel by default-src of its Content-Security-Policy. It is at ${dev.origin}/__curfew.`,
    ]);
  });
});

async function upgrade(headers: Record<string, string>): Promise<string> {
  const { port } = new URL(dev.origin);
  const cookie = [...dev.jar].map((pair) => pair.join('=')).join('; ');
  const sent = request({
    ...{ host: '127.0.0.1', port, path: '/socket' },
    headers: { host: `localhost:${port}`, connection: 'upgrade', upgrade: 'websocket', cookie, ...headers },
  });
  sent.end();
  const [answer, socket, head] = await Promise.race([
    once(sent, 'upgrade'),
    once(sent, 'response').then(([response]) => [response, response, Buffer.alloc(0)]),
  ]);
  const rest = Buffer.concat([head, ...(await socket.toArray())]).toString();
  return `${answer.statusCode} ${rest}`;
}

describe('a WebSocket', () => {
  test('goes on to the application, which is told of the session', async () => {
    await dev.signIn('alice');
    const forged = { 'x-curfew-state': 'active', 'x-curfew-subject': 'mallory' };
    expect(await upgrade({ 'sec-fetch-site': 'same-origin', ...forged })).toBe('101 alice active');
    expect(await upgrade({ 'sec-fetch-site': 'same-site', ...forged })).toBe('101 undefined none');
  });

  test('of another host gets nothing', async () => {
    expect(await upgrade({ host: 'evil.example' })).toMatch(/^403 /);
  });
});

test('an application that is not there yet is named, and the page comes again by itself', async () => {
  await dev.close();
  const nobody = `http://127.0.0.1:${await freePort()}`;
  dev = await development({}, nobody);
  const { status, text, headers } = await dev.ask('/', { headers: DOCUMENT });
  expect([status, headers.refresh]).toEqual([502, '1']);
  expect(text).toContain(nobody);
  await expect(upgrade({})).rejects.toThrow('socket hang up');
});
