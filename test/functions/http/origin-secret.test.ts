import { describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../../../functions/environment.ts';
import { routerOptions } from '../../../functions/http/compose.ts';
import { createLambdaHandler } from '../../../functions/http/lambda.ts';
import { createRouter, type RouterOptions } from '../../../functions/http/router.ts';
import { event, SITE_URL } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const OLD = 'o'.repeat(48);
const NEW = 'n'.repeat(48);
const VARIABLES = {
  TABLE_NAME: 'sessions',
  RETENTION_MS: '60000',
  DUE_SHARDS: '1',
  SITE_URL,
  POLICY:
    '{"name":"a","idleTimeoutMs":1,"absoluteTimeoutMs":1,"warnBeforeMs":1,"touchIntervalMs":1,"browserClose":"cookie"}',
};

type Site = Partial<Pick<RouterOptions, 'originSecrets' | 'proxyHops' | 'logAddresses'>>;

function ask(site: Site, headers: Record<string, string>, path = '/api/session', seen = createRecorder()) {
  const router = createRouter({
    ...seen,
    siteOrigin: SITE_URL,
    now: () => 0,
    ...site,
    routes: { 'GET /api/session': async ({ viewerAddress }) => ({ body: { viewerAddress } }) },
  });
  const context = { awsRequestId: 'invocation' } as Context;
  return createLambdaHandler(router)(event({ method: 'GET', path, headers }), context);
}

test.each([
  ['the old one alone', [OLD], [200, 403]],
  ['both', [OLD, NEW], [200, 200]],
  ['both, the new one first', [NEW, OLD], [200, 200]],
  ['the new one alone', [NEW], [403, 200]],
])(
  'rotation: with %s accepted, the old and the new are answered with %j',
  async (_, originSecrets, statuses) => {
    const asked = [OLD, NEW].map((secret) => ask({ originSecrets }, { 'x-curfew-origin': secret }));
    expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(statuses);
  },
);

test.each([
  [{}],
  [{ 'x-curfew-origin': '' }],
  [{ 'x-curfew-origin': `${OLD}s` }],
  [{ 'x-curfew-origin': `${OLD} ${NEW}` }],
  [{ 'x-curfew-origin': `${OLD},${OLD}` }],
  [{ 'x-curfew-origin': 'wrong' }],
])('around the distribution, with %j, it is rejected before anything else is checked', async (headers) => {
  for (const path of ['/api/session', '/api/nothing']) {
    const reply = await ask({ originSecrets: [OLD, NEW] }, headers as Record<string, string>, path);
    expect(reply.statusCode).toBe(403);
    expect(reply.body).toContain('ERR_CROSS_SITE');
    expect(JSON.stringify(reply)).not.toContain(OLD);
  }
});

test('without a distribution, any request is answered', async () => {
  expect((await ask({}, {})).statusCode).toBe(200);
});

test.each([
  ['none', [OLD], {}, 0],
  ['an empty one', [OLD], { 'x-curfew-origin': '' }, 1],
  ['a wrong one', [OLD], { 'x-curfew-origin': NEW }, 1],
  ['one that is accepted', [OLD, NEW], { 'x-curfew-origin': NEW }, 0],
  ['one where none is asked for', undefined, { 'x-curfew-origin': NEW }, 0],
])(
  'a request with %s is counted among those with a wrong secret as it should be',
  async (_, originSecrets, headers, times) => {
    const seen = createRecorder();
    await ask({ originSecrets }, headers as Record<string, string>, '/api/session', seen);
    expect(seen.valuesOf('WrongOriginSecrets')).toEqual(Array(times).fill(1));
  },
);

describe('the variable ORIGIN_SECRET', () => {
  const read = (variables: object) => routerOptions(readEnvironment({ ...VARIABLES, ...variables }));

  test('holds one value, or two while they are rotated', () => {
    expect(read({ ORIGIN_SECRET: OLD }).originSecrets).toEqual([OLD]);
    expect(read({ ORIGIN_SECRET: `${OLD} ${NEW}` }).originSecrets).toEqual([OLD, NEW]);
    expect(read({}).originSecrets).toBeUndefined();
  });

  test.each(['', ' ', 'short', `${OLD} `, ` ${OLD}`, `${OLD}  ${NEW}`, `${OLD} short`, 'ö'.repeat(48)])(
    '%j is refused when the function starts, by name and without the value',
    (value) => {
      const starting = () => read({ ORIGIN_SECRET: value });
      expect(starting).toThrow(/ORIGIN_SECRET/);
      expect(starting).not.toThrow(/o{48}/);
    },
  );

  test('without it, PROXY_HOPS counts for nothing', () => {
    expect(read({ PROXY_HOPS: '1' }).proxyHops).toBe(0);
    expect(read({ PROXY_HOPS: '1', ORIGIN_SECRET: OLD }).proxyHops).toBe(1);
  });

  test.each(['app.example.com', '', 'ftp://app.example.com', 'localhost:8080'])(
    'nor does a function start with the site %j',
    (SITE_URL) => {
      expect(() => read({ SITE_URL })).toThrow(/SITE_URL/);
    },
  );
});

describe("the viewer's address", () => {
  const forwarded = { 'x-forwarded-for': 'made up, 203.0.113.9, 198.51.100.1' };
  const addressOf = async (site: Site, headers: Record<string, string>) =>
    JSON.parse((await ask(site, headers)).body!).viewerAddress;

  test('is what the distribution says, and without one that of the connection', async () => {
    const headers = { ...forwarded, 'x-curfew-origin': OLD };
    expect(await addressOf({ originSecrets: [OLD], proxyHops: 1 }, headers)).toBe('203.0.113.9');
    expect(await addressOf(routerOptions(readEnvironment({ ...VARIABLES, PROXY_HOPS: '1' })), headers)).toBe(
      '192.0.2.1',
    );
  });

  test('is in the log, with the ids of the request; of a request around the distribution it is the connection’s', async () => {
    const seen = createRecorder();
    const id = `${'aB3_-'.repeat(11)}==`;
    const site = { originSecrets: [OLD], proxyHops: 1 };
    await ask(site, { ...forwarded, 'x-curfew-origin': OLD, 'x-amz-cf-id': id }, '/api/session', seen);
    await ask(site, { ...forwarded, 'x-amz-cf-id': id }, '/api/session', seen);
    const common = {
      method: 'GET',
      path: '/api/session',
      requestId: 'request',
      lambdaRequestId: 'invocation',
    };
    expect(seen.lines.map(({ data }) => data)).toEqual([
      { ...common, status: 200, viewerAddress: '203.0.113.9', cloudFrontRequestId: id },
      { ...common, status: 403, code: 'ERR_CROSS_SITE', viewerAddress: '192.0.2.1' },
    ]);
    expect(seen.said()).not.toContain(OLD);
  });

  test.each([
    '',
    'short',
    `${'a'.repeat(40)}\n`,
    `${'a'.repeat(40)} b`,
    'a'.repeat(129),
    `<${'a'.repeat(40)}>`,
  ])('an id of CloudFront that is none (%j) is not logged', async (id) => {
    const seen = createRecorder();
    const headers = { 'x-curfew-origin': OLD, 'x-amz-cf-id': id };
    await ask({ originSecrets: [OLD] }, headers, '/api/session', seen);
    expect(seen.lines[0]!.data).not.toHaveProperty('cloudFrontRequestId');
  });

  test('can be kept out of the log, and is the route’s still', async () => {
    const seen = createRecorder();
    const site = { originSecrets: [OLD], proxyHops: 1, logAddresses: false };
    const headers = { ...forwarded, 'x-curfew-origin': OLD };
    expect((await ask(site, headers, '/api/session', seen)).body).toContain('203.0.113.9');
    expect(seen.said()).not.toMatch(/203\.0|192\.0/);
  });
});
