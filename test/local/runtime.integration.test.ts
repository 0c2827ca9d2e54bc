import { readFileSync } from 'node:fs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CREDENTIALS } from '../../local/aws.ts';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';

/** Functions that show what they were given and what they see. */
const SESSION = `
const { setTimeout: wait } = require('node:timers/promises');
exports.handler = async (event, context) => {
  if (event.rawPath === '/api/session/touch') throw new Error('broken on purpose');
  if (event.rawPath === '/api/session/open') await wait(60_000);
  if (event.rawPath === '/api/env') return { statusCode: 200, body: JSON.stringify({ ...process.env, now: Date.now() }) };
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: ['a=1; Path=/', 'b=2; Path=/'],
    body: JSON.stringify({ event, remaining: context.getRemainingTimeInMillis() }),
  };
};`;
const SWEEP = `
const { EventBridgeClient } = {};
exports.handler = async () => {
  const body = { Entries: [{ Source: 'curfew', DetailType: 'Swept', EventBusName: 'curfew', Detail: JSON.stringify({ now: Date.now(), every: process.env.SWEEP_EVERY_MS }) }] };
  await fetch(process.env.AWS_ENDPOINT_URL_EVENTBRIDGE, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.PutEvents' }, body: JSON.stringify(body) });
};`;

let build: FixtureBuild;
let starting: Promise<LocalRuntime> | undefined;
let runtime: LocalRuntime;
const lines: string[] = [];
beforeAll(async () => {
  // The publisher is the real one.
  const publish = readFileSync('dist/functions/publish/index.cjs', 'utf8');
  build = await fixtureBuild({ 'session-api': SESSION, sweep: SWEEP, publish });
  starting = startLocal({
    reuse: true,
    context: { ...build.context, 'curfew:idle': '40s', 'curfew:busName': 'curfew' },
    write: (line) => lines.push(line),
  });
  runtime = await starting;
  // A synthesis beside other tests on two busy cores takes its time.
}, 180_000);
afterAll(async () => {
  // Started or not when time was up: what runs on would keep the test run from ending.
  await (await starting)?.close();
  await build?.remove();
});

const get = (path: string, init?: RequestInit) => fetch(`${runtime.siteUrl}${path}`, init);

test('the provider is on another site than the application', () => {
  expect(runtime.siteUrl).toMatch(/^http:\/\/localhost:\d+$/);
  expect(runtime.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('a request becomes an event, and the answer a reply with both cookies', async () => {
  const reply = await get('/api/session?x=1', { headers: { cookie: 'c=3' } });
  expect(reply.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/']);
  const { event, remaining } = await reply.json();
  expect(event).toMatchObject({ routeKey: 'GET /api/session', cookies: ['c=3'], rawQueryString: 'x=1' });
  expect(event.headers.host).toContain('execute-api');
  expect(remaining).toBeLessThanOrEqual(5_000);
});

test('HEAD has the headers of GET and no body', async () => {
  const reply = await get('/api/session', { method: 'HEAD' });
  expect(reply.headers.get('content-type')).toBe('application/json');
  expect(await reply.text()).toBe('');
});

test('the environment of the template, resolved; nothing of this process', async () => {
  const env = await (await get('/api/env')).json();
  expect(env).toMatchObject({
    SITE_URL: runtime.siteUrl,
    OIDC_ISSUER: runtime.issuer,
    OLD_ITEM_ON_REFUSAL: 'read',
  });
  expect(JSON.parse(env.POLICY)).toMatchObject({ idleTimeoutMs: 40_000, warnBeforeMs: 20_000 });
  expect(env).not.toHaveProperty('HOME');
});

test('a row that makes no sense is a message to the failure queue, seen in the live log', async () => {
  const { AWS_ENDPOINT_URL_DYNAMODB: endpoint, TABLE_NAME } = await (await get('/api/env')).json();
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint });
  const Item = { pk: { S: 'session#senseless' }, state: { S: 'active' } };
  await client.send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
  client.destroy();
  await runtime.advance(1_000);
  const [, message] = /failure queue: (.+)/.exec(lines.join('\n')) ?? [];
  expect(JSON.parse(message ?? '')).toMatchObject({
    key: 'session#senseless',
    change: 'INSERT',
    reason: 'a row of the session table has no usable subject',
  });
  expect(runtime.events().filter(({ source }) => source === 'curfew')).not.toContainEqual(
    expect.objectContaining({ 'detail-type': 'Session Started' }),
  );
});

test('an exception is a 500 that says nothing, a function that hangs is ended', async () => {
  const thrown = await get('/api/session/touch', { method: 'POST' });
  expect([thrown.status, await thrown.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  const hung = await get('/api/session/open', { method: 'POST' });
  expect(hung.status).toBe(500);
});

test('the site has the headers of the template; a path outside it is not there', async () => {
  const page = await get('/work/item');
  expect(await page.text()).toContain('Fixture');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect((await get('/missing.js')).status).toBe(404);
  const config = await get('/config.json');
  expect(config.headers.get('content-type')).toBe('application/json');
  expect(await config.json()).toMatchObject({
    idleTimeoutMs: 40_000,
    absoluteTimeoutMs: 43_200_000,
    warnBeforeMs: 20_000,
  });
});

describe('the runtime’s own paths', () => {
  test('moving the time moves functions and schedule, and answers when the sweep has run', async () => {
    const before = (await (await get('/__local/clock')).json()).now;
    const moved = await get('/__local/clock', { method: 'POST', body: '{"advanceMs":3600000}' });
    const { now } = await moved.json();
    expect(now).toBeGreaterThanOrEqual(before + 3_600_000);
    expect((await (await get('/api/env')).json()).now).toBeGreaterThanOrEqual(now);
    const { events } = await (await get('/__local/events')).json();
    const swept = events.at(-1);
    expect(swept).toMatchObject({ 'detail-type': 'Swept', source: 'curfew' });
    expect(swept.detail.now).toBeGreaterThanOrEqual(before + 3_600_000);
  });

  test.each(['{"advanceMs":-1}', '{"advanceMs":0.5}', '{"advanceMs":"1"}', '{}', 'x', ''])(
    'a body of %j moves nothing',
    async (body) => {
      const reply = await get('/__local/clock', { method: 'POST', body });
      expect(reply.status).toBe(400);
    },
  );

  test('no other site gets at them', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await get('/__local/clock', { method: 'POST', body: '{"advanceMs":1}', headers })).status).toBe(
      403,
    );
    expect((await get('/__local/sessions', { headers })).status).toBe(403);
    expect((await get('/__local/nothing')).status).toBe(404);
  });
});
