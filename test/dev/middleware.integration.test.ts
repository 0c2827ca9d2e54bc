import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { DEV_HEADER, type DevState } from '../../dev/protocol.ts';
import { type Development, development } from '../support/development.ts';
import { MINUTE } from '../support/sessions.ts';
import { until } from '../support/until.ts';

const IDLE = 15 * MINUTE;
let dev: Development;

beforeEach(async () => {
  dev = await development();
});
afterEach(() => dev.close());

const current = ({ sessions }: DevState) => sessions.find((session) => session.current);
const status = async () => JSON.parse((await dev.ask('/api/session')).text);
const touch = async (idleForMs = 0) =>
  dev.ask('/api/session/touch', { body: { sessionId: current(await dev.state())?.sessionId, idleForMs } });
/** What the panel is told of a request, which it is once the answer is out. */
const toldOf = async (path: string, asking: () => Promise<unknown>) => {
  const find = () => dev.requests.filter((told) => told.path === path);
  const before = find().length;
  await asking();
  return until(`the panel is told of ${path}`, async () => find()[before]);
};

describe('signing in', () => {
  test('asks the browser for a cookie, shows names, and begins a session under the one that is typed', async () => {
    const asked = await dev.ask('/api/auth/sign-in?returnTo=/orders');
    expect([asked.status, asked.headers.location]).toEqual([
      302,
      '/api/auth/sign-in?returnTo=%2Forders&cookies=',
    ]);
    const page = await dev.ask(asked.headers.location ?? '');
    expect(page.status).toBe(200);
    expect(page.text).toContain('value="alice"');
    const done = await dev.signIn(' Zoë <z> ');
    expect(done.text).toContain('location.replace("/orders")');
    expect(await status()).toMatchObject({ subject: 'Zoë <z>', user: { name: 'Zoë <z>' } });
    expect(dev.events.map(({ type }) => type)).toEqual(['Session Started']);
    const again = await dev.ask('/api/auth/sign-in');
    expect(again.text).toContain('value="Zoë &#60;z&#62;"');
  });

  test('says so to a browser that keeps no cookies, and to the developer', async () => {
    const { headers } = await dev.ask('/api/auth/sign-in');
    dev.jar.clear();
    const page = await dev.ask(headers.location ?? '');
    expect(page.status).toBe(400);
    expect(page.text).toContain('--https');
    expect(page.text).toContain('Set-Cookie');
    expect(dev.said).toEqual([expect.stringContaining('shows no cookie')]);
  });

  test('at a real provider begins once the browser has shown that it keeps cookies', async () => {
    await dev.close();
    const issuer = `http://localhost:${await freePort()}`;
    dev = await development({ identity: { issuer, clientId: 'app' } });
    const { headers } = await dev.ask('/api/auth/sign-in?returnTo=/orders');
    expect(headers.location).toBe('/api/auth/sign-in?returnTo=%2Forders&cookies=');
    // Nobody is there.
    const begun = await dev.ask(headers.location ?? '');
    expect([begun.status, begun.text]).toEqual([503, expect.stringContaining('error=provider_unavailable')]);
    dev.jar.clear();
    expect((await dev.ask(headers.location ?? '')).status).toBe(400);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await dev.ask('/api/auth/sign-in', { headers: form, body: 'name=mallory' })).status).toBe(302);
    expect(dev.world.sessionCount).toBe(0);
  });

  test('by a page of another site is refused, and so is no name at all', async () => {
    await dev.signIn('alice');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const crossing = await dev.ask('/api/auth/sign-in', {
      headers: { ...form, 'sec-fetch-site': 'same-site' },
      body: 'name=mallory',
    });
    expect(crossing.status).toBe(403);
    expect((await dev.ask('/api/auth/sign-in', { headers: form, body: 'name=+' })).text).toContain('<form');
    expect(await status()).toMatchObject({ subject: 'alice' });
  });

  test('in a small window ends with the page that tells the tabs', async () => {
    await dev.ask('/api/auth/sign-in?display=popup');
    const page = await dev.ask('/api/auth/sign-in?display=popup', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'user=bob',
    });
    expect(page.text).toContain('BroadcastChannel');
  });

  test('names a user who was configured by their subject, name and address', async () => {
    await dev.close();
    dev = await development({ users: [{ subject: 'u-1', name: 'Ada', email: 'ada@example.com' }] });
    await dev.signIn('Ada');
    expect(await status()).toMatchObject({ subject: 'u-1', user: { name: 'Ada', email: 'ada@example.com' } });
  });
});

describe('the application', () => {
  const told = async (headers = {}) => JSON.parse((await dev.ask('/orders', { headers })).text);

  test('is told of the session of each request, and of nothing that the request itself says of it', async () => {
    const forged = { 'x-curfew-subject': 'mallory', X_Curfew_Name: 'mallory', 'x-curfew-session': 'x' };
    const nobody = await told(forged);
    expect(Object.keys(nobody).filter((name) => /curfew/i.test(name))).toEqual(['x-curfew-state']);
    expect(nobody['x-curfew-state']).toBe('none');
    await dev.signIn('Zoë 100%');
    expect(await told(forged)).toMatchObject({
      'x-curfew-state': 'active',
      'x-curfew-subject': 'Zo%C3%AB 100%25',
      'x-curfew-name': 'Zo%C3%AB 100%25',
      'x-curfew-session': current(await dev.state())?.sessionId,
    });
    dev.now += IDLE;
    const ended = await told();
    expect([ended['x-curfew-state'], ended['x-curfew-reason']]).toEqual(['ended', 'idle']);
    expect(ended).not.toHaveProperty('x-curfew-subject');
  });

  test('gets a request of another origin without its session', async () => {
    await dev.signIn('alice');
    const asking = async () => {
      const headers = { 'sec-fetch-site': 'same-site' };
      const { text } = await dev.ask('/orders', { method: 'POST', headers });
      expect(JSON.parse(text)['x-curfew-state']).toBe('none');
    };
    expect(await toldOf('/orders', asking)).toMatchObject({ touched: false, why: 'other-site' });
  });

  test('gets a page whose address was typed without a session that is bound to the run', async () => {
    await dev.act({ action: 'policy', policy: { browserClose: 'run' } });
    await dev.signIn('alice');
    const mark = { authorization: `Basic ${Buffer.from(`run:${'m'.repeat(43)}`).toString('base64')}` };
    await dev.ask('/api/mark', { headers: mark });
    expect((await dev.ask('/api/run/check', { headers: mark })).text).toContain('same');
    const asking = () => dev.ask('/orders', { headers: { 'sec-fetch-site': 'none' } });
    expect(await toldOf('/orders', asking)).toMatchObject({ touched: false, why: 'other-run' });
  });

  test.each([
    [{}, 'passive', false],
    [{ 'curfew-idle-for': '1000' }, 'active', true],
    [{ 'curfew-idle-for': 'soon' }, 'passive', false],
    [
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
      'navigation',
      true,
    ],
  ])('touches by what a request says: %j is %s', async (headers, why, touched) => {
    await dev.signIn('alice');
    dev.now += 2 * MINUTE;
    const told = await toldOf('/orders', () => dev.ask('/orders', { headers }));
    expect(told).toMatchObject({ why, touched, status: 200, method: 'GET' });
  });
});

test('a script that a page loads is not in the panel’s list of requests', async () => {
  await dev.ask('/main.js', { headers: { 'sec-fetch-dest': 'script' } });
  await toldOf('/orders', () => dev.ask('/orders'));
  expect(dev.requests.map(({ path }) => path)).toEqual(['/orders']);
});

test('each answer of the API is told with what it did to the session', async () => {
  const status = () => toldOf('/api/session', () => dev.ask('/api/session'));
  const pulse = (idleForMs?: number) => toldOf('/api/session/touch', () => touch(idleForMs));
  expect(await status()).toMatchObject({ why: 'no-session' });
  await dev.signIn('alice');
  await until('the sign-in', async () => dev.requests.some(({ why }) => why === 'signed-in'));
  dev.now += 1_000;
  expect(await pulse()).toMatchObject({ touched: true, why: 'pulse' });
  expect(await pulse(500)).toMatchObject({ touched: false, why: 'old-pulse' });
  expect(await status()).toMatchObject({ touched: false, why: 'api' });
  dev.now += IDLE;
  expect(await status()).toMatchObject({ status: 401, why: 'over' });
  dev.jar.set('__Host-session', `${'A'.repeat(22)}.${'B'.repeat(43)}`);
  expect(await status()).toMatchObject({ status: 401, why: 'unknown' });
});

test('what the API refuses is told with the real reason, whatever the browser says of where it came from', async () => {
  const why = async (path: string, headers = {}, method = 'GET') =>
    (await toldOf(path, () => dev.ask(path, { headers, method })))?.why;
  await dev.act({ action: 'policy', policy: { browserClose: 'run' } });
  await dev.signIn('alice');
  const mark = { authorization: `Basic ${Buffer.from(`run:${'m'.repeat(43)}`).toString('base64')}` };
  await dev.ask('/api/mark', { headers: mark });
  await dev.ask('/api/run/check', { headers: mark });
  for (const site of ['same-origin', 'none', 'cross-site']) {
    expect(await why('/api/session', { 'sec-fetch-site': site })).toBe('other-run');
  }
  expect(await why('/api/session', mark)).toBe('api');
  expect(await why('/api/session/touch', { ...mark, 'sec-fetch-site': 'cross-site' }, 'POST')).toBe(
    'other-site',
  );
  expect(await why('/api/session', { ...mark, origin: 'http://127.0.0.1:5173' })).toBe('other-site');
});

describe('the panel', () => {
  test.each(['/__curfew', '/__curfew/state'])('%s answers pages of its own origin alone', async (path) => {
    const own = await dev.ask(path);
    expect([own.status, own.headers[DEV_HEADER]]).toEqual([200, 'curfew/dev']);
    expect((await dev.ask(path, { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
    for (const site of ['same-site', 'cross-site']) {
      expect((await dev.ask(path, { headers: { 'sec-fetch-site': site } })).status).toBe(403);
    }
  });

  test.each([
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'content-type': 'text/plain' }, 415],
  ])('lets nobody else act: %j', async (headers, expected) => {
    const answer = await dev.ask('/__curfew/actions', {
      headers,
      body: { action: 'sign-in', name: 'mallory' },
    });
    expect([answer.status, dev.world.sessionCount]).toEqual([expected, 0]);
  });

  test.each([
    ['', 'the body'],
    ['[]', 'action'],
    ['{"action":"clock","advanceMs":0}', 'advanceMs'],
    ['{"action":"clock","advanceMs":-1}', 'advanceMs'],
    ['{"action":"server","mode":"gone"}', 'mode'],
    ['{"action":"sign-in","name":" "}', 'name'],
    ['{"action":"revoke","sessionId":"none"}', 'sessionId'],
    ['{"action":"policy","policy":{"idleTimeoutMs":0}}', 'idleTimeoutMs'],
    ['{"action":"policy","policy":{"idle":1}}', 'policy'],
  ])('refuses %s by the name of the field', async (body, field) => {
    const answer = await dev.ask('/__curfew/actions', {
      headers: { 'content-type': 'application/json' },
      method: 'POST',
      body,
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toContain(field);
  });

  test('signs in, lets time pass, and ends sessions', async () => {
    const began = current(await dev.act({ action: 'sign-in', name: 'bob' }));
    expect(began).toMatchObject({ subject: 'bob', state: 'live', expiresAt: dev.now + IDLE });
    const warned = await dev.act({ action: 'clock', advanceMs: IDLE - 1 });
    expect(warned.now).toBe(dev.now + IDLE - 1);
    expect(current(warned)).toMatchObject({ state: 'live', expiresAt: dev.now + IDLE });
    const over = current(await dev.act({ action: 'clock', advanceMs: 1 }));
    expect(over).toMatchObject({ state: 'ended', reason: 'idle', endedAt: dev.now + IDLE });
    const again = current(await dev.act({ action: 'sign-in', name: 'bob' }));
    const revoked = current(await dev.act({ action: 'revoke', sessionId: again?.sessionId }));
    expect(revoked).toMatchObject({ state: 'ended', reason: 'revoked' });
    const reasons = dev.events.map(({ detail }) => ('reason' in detail ? detail.reason : 'started'));
    expect(reasons).toEqual(['started', 'idle', 'started', 'revoked']);
  });

  test('stays ahead over a restart', async () => {
    await dev.act({ action: 'clock', advanceMs: MINUTE });
    dev.world.flush();
    const again = await development({ file: dev.file });
    expect((await again.state()).now).toBe(dev.now + MINUTE);
    await again.close();
  });

  test('changes the rules of sessions under way, and of those to come', async () => {
    await dev.act({ action: 'sign-in', name: 'bob' });
    dev.now += MINUTE;
    const { policy, sessions } = await dev.act({ action: 'policy', policy: { idleTimeoutMs: 90_000 } });
    expect(policy).toMatchObject({ idleTimeoutMs: 90_000, warnBeforeMs: 45_000 });
    expect(sessions[0]).toMatchObject({ expiresAt: dev.now + 30_000, warnBeforeMs: 45_000 });
    const next = current(await dev.act({ action: 'sign-in', name: 'bob' }));
    expect(next).toMatchObject({ expiresAt: dev.now + 90_000 });
  });

  test('takes the server and the provider down, and brings them back', async () => {
    await dev.signIn('alice');
    await dev.act({ action: 'server', mode: 'down' });
    const told = await toldOf('/api/session', async () => {
      const down = await dev.ask('/api/session');
      expect([down.status, JSON.parse(down.text).code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    });
    expect(told).toMatchObject({ status: 503, why: 'fault' });
    const own = await toldOf('/api/orders', () => dev.ask('/api/orders'));
    expect(own).toMatchObject({ status: 503, why: 'fault' });
    expect((await dev.ask('/orders')).status).toBe(200);
    await dev.act({ action: 'server', mode: 'unreachable' });
    await expect(dev.ask('/api/session')).rejects.toThrow();
    await dev.act({ action: 'server', mode: 'up' });
    expect((await dev.ask('/api/session')).status).toBe(200);
    const { faults } = await dev.act({ action: 'provider', mode: 'down' });
    expect(faults).toEqual({ server: 'up', provider: 'down' });
    const signingIn = await toldOf('/api/auth/sign-in', async () => {
      const refused = await dev.ask('/api/auth/sign-in');
      expect([refused.status, refused.text]).toEqual([
        503,
        expect.stringContaining('error=provider_unavailable'),
      ]);
    });
    expect(signingIn).toMatchObject({ why: 'fault' });
  });

  test('restores a browser: a session that is bound to its run ends, and another lives on', async () => {
    await dev.signIn('alice');
    await dev.act({ action: 'restore-browser' });
    expect(await status()).toMatchObject({ subject: 'alice' });
    await dev.act({ action: 'policy', policy: { browserClose: 'run' } });
    await dev.signIn('alice');
    const mark = { authorization: `Basic ${Buffer.from(`run:${'m'.repeat(43)}`).toString('base64')}` };
    const check = async () => JSON.parse((await dev.ask('/api/run/check', { headers: mark })).text);
    await dev.ask('/api/mark', { headers: mark });
    expect(await check()).toEqual({ run: 'same' });
    await dev.act({ action: 'restore-browser' });
    expect(await check()).toEqual({ run: 'other' });
  });

  test('is told by a stream, which begins with the state', async () => {
    const abort = new AbortController();
    const response = await fetch(`${dev.origin}/__curfew/stream`, { signal: abort.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const read = async (wanted: RegExp) => {
      while (!wanted.test(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${text}`);
        text += value;
      }
    };
    await read(/event: state\ndata: \{.*"sessions":\[\]/);
    await dev.signIn('alice');
    await read(/event: event\ndata: \{"type":"Session Started"/);
    await read(/event: request\ndata: \{.*"why":"signed-in"/);
    await read(/event: state\ndata: \{.*"subject":"alice"/);
    abort.abort();
  });
});

describe('what goes wrong on a developer’s machine', () => {
  test('a page of 127.0.0.1 that asks an API of localhost is told which address to open', async () => {
    const answer = await dev.ask('/api/session', { headers: { origin: 'http://127.0.0.1:5173' } });
    const { code, detail } = JSON.parse(answer.text);
    expect([answer.status, code]).toEqual([403, 'ERR_CROSS_SITE']);
    expect(detail).toContain('Open the page at http://localhost:5173');
    expect(dev.said).toEqual([detail]);
  });

  test('the session of a server at another port is named with that port', async () => {
    dev.jar.set('__Host-session', `${'A'.repeat(22)}.${'B'.repeat(43)}`);
    dev.jar.set('curfew-dev-port', '1');
    await dev.ask('/orders');
    await dev.ask('/orders');
    expect(dev.said).toEqual([
      expect.stringMatching(/signed in at port 1 of localhost.*http:\/\/app\.localhost:/),
    ]);
  });

  test('a service worker is told of, once', async () => {
    await dev.ask('/sw.js', { headers: { 'service-worker': 'script', 'sec-fetch-dest': 'serviceworker' } });
    await dev.ask('/sw.js', { headers: { 'service-worker': 'script', 'sec-fetch-dest': 'serviceworker' } });
    expect(dev.said).toEqual([expect.stringContaining('navigateFallbackDenylist')]);
  });

  test.each(['evil.example', 'localhost.evil.example', 'localhost@evil.example', '192.168.1.2:80'])(
    'the host %j is none of this machine, and gets nothing',
    async (host) => {
      for (const path of ['/', '/api/session', '/__curfew/state']) {
        expect((await dev.ask(path, { headers: { host } })).status).toBe(403);
      }
    },
  );

  test.each(['localhost', '127.0.0.1:80', '[::1]:80', 'app.localhost:80'])('%s is its own', async (host) => {
    expect((await dev.ask('/', { headers: { host } })).status).toBe(200);
  });

  test.each([
    { 'x-forwarded-host': 'app.tunnel.example' },
    // What a client sends stands in front of what Apache adds.
    { 'x-forwarded-host': 'localhost, app.tunnel.example' },
    { 'x-forwarded-for': '192.0.2.60' },
    { 'x-forwarded-for': '127.0.0.1, 192.0.2.60' },
    { forwarded: 'for=127.0.0.1, for=192.0.2.60;proto=https' },
    { forwarded: 'For="[2001:db8::1]:4711"' },
    { forwarded: 'for=127.0.0.1; host=app.tunnel.example' },
  ])('what comes from elsewhere is refused by what a proxy says of it: %j', async (headers) => {
    expect((await dev.ask('/', { headers })).status).toBe(403);
  });

  test.each([
    {
      'x-forwarded-host': 'localhost:80, app.localhost',
      'x-forwarded-for': '::1, ::ffff:127.0.0.1, 127.0.0.1:80',
    },
    { forwarded: 'for="[::1]:80";host="localhost:80";proto=http;by=192.0.2.60, for=127.0.0.1' },
  ])('a proxy of this machine may say so: %j', async (headers) => {
    expect((await dev.ask('/', { headers })).status).toBe(200);
  });
});

test('nothing is answered once NODE_ENV is production, to which a file of variables may set it late', async () => {
  await dev.signIn('alice');
  dev.environment = 'production';
  for (const path of ['/api/session', '/api/auth/sign-in', '/__curfew', '/orders']) {
    const { status, text } = await dev.ask(path);
    expect([status, text]).toEqual([403, expect.stringContaining('before curfew/dev is loaded')]);
  }
  dev.environment = 'development';
  expect((await dev.ask('/orders')).status).toBe(200);
});
