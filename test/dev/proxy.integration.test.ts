import { once } from 'node:events';
import { createServer, IncomingMessage, request, type Server } from 'node:http';
import { connect, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { close, freePort, listen } from '../../dev/machine/loopback.ts';
import { createDevProxy } from '../../dev/proxy.ts';
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
    if (pathname === '/away') {
      return void response.writeHead(302, { location: searchParams.get('to') ?? '' }).end();
    }
    const body = '<!doctype html><title>Orders</title>';
    response.writeHead(Number(searchParams.get('status') ?? 200), {
      'content-type': searchParams.get('type') ?? 'text/html',
      'content-length': Buffer.byteLength(body),
      ...(searchParams.has('csp') && { 'content-security-policy': "default-src 'none'" }),
    });
    return void response.end(body);
  }).on('upgrade', (asked, socket) => {
    if (asked.url === '/refused') {
      return void socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno');
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    const told = `${asked.headers['x-curfew-subject']} ${asked.headers['x-curfew-state']}`;
    if (asked.url !== '/open') return void socket.end(told);
    socket.once('end', () => socket.end()).resume();
    socket.write(told);
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

test('a redirect to the application’s own address stays in front of it, and any other is as it was', async () => {
  const front = new URL(dev.origin).host;
  const location = async (to: string, proto = 'http') =>
    (await dev.ask(`/away?to=${encodeURIComponent(to)}`, { headers: { 'x-forwarded-proto': proto } })).headers
      .location;
  expect(await location(`${target}/in?a#b`)).toBe(`http://${front}/in?a#b`);
  expect(await location(target.replace('http:', ''))).toBe(`http://${front}/`);
  expect(await location(`${target}/in`, 'https')).toBe(`https://${front}/in`);
  expect(await location(`http://${front}/in`, 'https')).toBe(`https://${front}/in`);
  for (const other of ['in', '/in', '?in', 'https://id.example/in', `https://${front}/in`]) {
    expect(await location(other)).toBe(other);
  }
});

test('a request that offers another protocol than WebSocket is answered as any other', async () => {
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
  const { status, text } = await dev.ask('/headers', { headers });
  expect(status).toBe(200);
  expect(JSON.parse(text)).not.toHaveProperty('upgrade');
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

test('another protocol is refused where Node does not ask whether to upgrade', async () => {
  const server = createServer().on('upgrade', createDevProxy(dev.world, target).upgrade);
  const port = await listen(server);
  const headers = { host: `localhost:${port}`, connection: 'upgrade', upgrade: 'h2c' };
  const [response] = await once(request({ host: '127.0.0.1', port, headers }).end(), 'response');
  expect(response.statusCode).toBe(501);
  await response.resume().toArray();
  await close(server);
});

async function upgrade(headers: Record<string, string>, path = '/socket'): Promise<string> {
  const { port } = new URL(dev.origin);
  const cookie = [...dev.jar].map((pair) => pair.join('=')).join('; ');
  const sent = request({
    ...{ host: '127.0.0.1', port, path },
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

  test('that the application refuses is told with the status that it answered', async () => {
    expect(await upgrade({ 'sec-fetch-site': 'same-origin' }, '/refused')).toBe('401 no');
    expect(dev.requests).toEqual([expect.objectContaining({ path: '/refused', status: 401 })]);
  });

  test('that is open when the server stops is ended, on both sides', async () => {
    const socket = connect(Number(new URL(dev.origin).port), '127.0.0.1');
    const host = new URL(dev.origin).host;
    socket.write(`GET /open HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    const [asked] = await once(application, 'upgrade');
    const ends = [once(socket, 'close'), once(asked.socket, 'close')];
    await once(socket, 'data');
    await dev.close();
    await Promise.all(ends);
    expect(dev.requests).toEqual([expect.objectContaining({ path: '/open', status: 101 })]);
  });

  test('whose browser goes while it is refused ends nothing', async () => {
    const { upgrade: answer } = createDevProxy(dev.world, target);
    const socket = new PassThrough();
    answer(
      Object.assign(new IncomingMessage(new Socket()), { headers: { host: 'evil.example' } }),
      socket,
      Buffer.alloc(0),
    );
    socket.emit('error', new Error('read ECONNRESET'));
    await once(socket, 'close');
  });
});

test('an application that is not there yet is named, and the page comes again by itself', async () => {
  await dev.close();
  const nobody = `http://127.0.0.1:${await freePort()}`;
  dev = await development({}, nobody);
  const { status, text, headers } = await dev.ask('/', { headers: DOCUMENT });
  expect([status, headers.refresh]).toEqual([502, '1']);
  expect(text).toContain(nobody);
  expect(await upgrade({})).toBe('502 ');
  expect(dev.requests.at(-1)).toMatchObject({ path: '/socket', status: 502 });
});
