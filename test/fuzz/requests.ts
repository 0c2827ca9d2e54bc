import { ROUTES, type RouteFunction } from '../../core/routes.ts';
import type { Random } from '../histories/random.ts';
import { SITE_URL } from '../support/http.ts';
import { SPACES_AND_CONTROLS } from '../support/spaces.ts';
import { mutated, oddText, oddValue, toJson } from './values.ts';
import type { Holder, World } from './world.ts';

/** A request of HTTP, before any platform has made something else of it. */
export interface FuzzRequest {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  /** In their order, doubled ones included. */
  headers: [name: string, value: string][];
  /** The header `Cookie`, pair by pair. */
  cookies: string[];
  body: Buffer;
}

/** Whose requests are made: those of one function of the API, or of anything. */
export type Whose = RouteFunction | 'any';

/** A request that is as it should be: one of the API's, or of a guarded handler. */
export function validRequest(random: Random, world: World, whose: Whose = 'any'): FuzzRequest {
  const holder = random.pick(Object.values(world.holders));
  const routes = ROUTES.filter((route) => whose === 'any' || route.function === whose);
  const route = random.chance(whose === 'any' ? 0.75 : 0.95) ? random.pick(routes) : undefined;
  const path = route?.path ?? random.pick(['/api/items', '/items', '/api/me']);
  const method = route?.method ?? random.pick(['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE']);
  const body = method === 'POST' ? bodyOf(path, holder, random, world) : undefined;
  return {
    method,
    path,
    query: queryOf(path, random),
    headers: [
      ['sec-fetch-site', 'same-origin'],
      ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
      ['x-curfew-origin', world.originSecret],
      ['x-forwarded-for', '192.0.2.7, 203.0.113.9'],
      ...(body === undefined ? [] : [['content-type', 'application/json'] as [string, string]]),
      ...(path.startsWith('/api/') && random.chance(0.8)
        ? [['authorization', world.mark] as [string, string]]
        : []),
      ...(route ? [] : [['curfew-idle-for', '0'] as [string, string]]),
    ],
    cookies: [holder.cookie, 'theme=dark', ...(random.chance(0.3) ? [world.lastCookie] : [])],
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  };
}

function bodyOf(path: string, { sessionId }: Holder, random: Random, world: World): object {
  if (path.endsWith('/revoke')) {
    const others = Object.values(world.holders).map((other) => other.sessionId);
    return { sessionId, target: random.pick(['others', 'all', ...others]) };
  }
  if (path.endsWith('/draft-key')) return { sessionId, ...(random.chance(0.3) && { keyId: 'AAAAAAAA' }) };
  return { sessionId, idleForMs: random.int(0, 1_000_000), at: world.now() - random.int(0, 100_000) };
}

function queryOf(path: string, random: Random): string {
  if (path.endsWith('/sign-in')) return 'returnTo=%2Fwork%3Fa%3D1';
  if (path.endsWith('/run/check')) {
    return `load=${random.pick(['navigate', 'reload', 'back_forward', 'probe', 'set'])}`;
  }
  return path.endsWith('/callback') ? 'code=good&state=none' : '';
}

const HEADERS: readonly string[] = [
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'sec-fetch-user',
  'sec-purpose',
  'origin',
  'referer',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'accept',
  'upgrade',
  'connection',
  'curfew-idle-for',
  'x-curfew-origin',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-http-method-override',
  'x-amz-cf-id',
  'host',
  '__proto__',
  'constructor',
];
const KNOWN_VALUES: readonly string[] = [
  'same-origin',
  'same-site',
  'cross-site',
  'none',
  'navigate',
  'document',
  '?1',
  'prefetch',
  SITE_URL,
  'null',
  'https://evil.example',
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  'Basic',
  'Basic !!!',
  'gzip',
  'chunked',
  '100-continue',
  'websocket',
  '99999999999999999999',
  '127.0.0.1',
  '::1, unknown, [::1]:80, "_hidden"',
];

/** Without single surrogates, which nothing can encode. */
const wellFormed = (text: string) => Buffer.from(text).toString();

type Mutation = (request: FuzzRequest, random: Random, world: World) => void;

const anyText = (random: Random) => (random.chance(0.5) ? random.pick(KNOWN_VALUES) : oddText(random));

/** Each makes one thing of a request wrong, or just odd. */
const MUTATIONS: Readonly<Record<string, readonly [weight: number, Mutation]>> = {
  method: [
    2,
    (request, random) => {
      request.method = random.pick([
        'GET',
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'HEAD',
        'OPTIONS',
        'get',
        'FOO',
      ]);
    },
  ],
  path: [
    3,
    (request, random) => {
      const { path } = request;
      request.path = random.pick([
        () => `${path}/`,
        () => `/${path}`,
        () => path.toUpperCase(),
        () => path.replace('/api', '/api/.'),
        () => path.replace('session', '%73ession'),
        () => `${path}/${encodeURIComponent(wellFormed(oddText(random)))}`,
        () => `/api/${encodeURIComponent(wellFormed(oddText(random)))}`,
        () => '/api/__proto__',
        () => `${path};jsessionid=1`,
        () => `${path}${'/x'.repeat(random.int(1, 2_000))}`,
        () => random.pick(ROUTES).path,
      ])();
    },
  ],
  'a header less': [
    3,
    ({ headers }, random) => {
      if (headers.length > 0) headers.splice(random.int(0, headers.length - 1), 1);
    },
  ],
  'a header twice': [
    3,
    ({ headers }, random) => {
      const [name, value] = headers.length > 0 ? random.pick(headers) : ['origin', SITE_URL];
      headers.push([name, random.chance(0.5) ? value : anyText(random)]);
    },
  ],
  'an odd header': [
    6,
    ({ headers }, random) => {
      headers.push([random.chance(0.9) ? random.pick(HEADERS) : oddText(random), anyText(random)]);
    },
  ],
  'a header changed': [
    5,
    ({ headers }, random) => {
      const at = random.int(0, headers.length);
      if (headers[at]) headers[at] = [headers[at][0], anyText(random)];
    },
  ],
  'a secret as a header': [
    1,
    ({ headers }, random, world) => {
      const name = random.pick([
        'authorization',
        'origin',
        'curfew-idle-for',
        'content-type',
        'referer',
        'x-a',
      ]);
      headers.push([name, random.pick(world.secretTexts())]);
    },
  ],
  'many headers': [
    1,
    ({ headers }, random) => {
      for (let i = random.int(10, 300); i > 0; i -= 1) headers.push([`x-${i}`, 'v']);
    },
  ],
  'no cookie': [
    1,
    (request) => {
      request.cookies = [];
    },
  ],
  'cookies of two sessions': [
    2,
    ({ cookies }, random, world) => {
      cookies.push(random.pick(Object.values(world.holders)).cookie);
    },
  ],
  'a cookie with one byte wrong': [
    4,
    (request, random) => {
      const [first = '__Host-session=', ...rest] = request.cookies;
      const at = random.int(0, Math.max(0, first.length - 1));
      const byte = String.fromCharCode(random.int(0, 255));
      request.cookies = [first.slice(0, at) + byte + first.slice(at + (random.chance(0.5) ? 1 : 0)), ...rest];
    },
  ],
  'a space of Unicode around a cookie': [
    1,
    (request, random) => {
      const space = random.pick(SPACES_AND_CONTROLS);
      request.cookies = request.cookies.map((pair) => (random.chance(0.5) ? space + pair : pair + space));
    },
  ],
  'an odd cookie': [
    2,
    ({ cookies }, random) => {
      const name = random.pick([
        '__Host-session',
        '__Host-signin',
        '__Host-run',
        '__Host-last',
        '',
        '__proto__',
      ]);
      cookies.unshift(`${name}${random.chance(0.9) ? '=' : ''}${oddText(random)}`);
    },
  ],
  'many cookies': [
    1,
    ({ cookies }, random) => {
      for (let i = random.int(10, 500); i > 0; i -= 1) cookies.push(`c${i}=${'v'.repeat(random.int(0, 20))}`);
    },
  ],
  'the query of another': [
    2,
    (request, random) => {
      const { path } = random.pick(ROUTES);
      request.query = queryOf(path, random);
    },
  ],
  'an odd query': [
    5,
    (request, random) => {
      const name = random.pick([
        ...['code', 'state', 'error', 'iss', 'returnTo', 'load', 'pass', 'cursor', 'response', 'display'],
        wellFormed(oddText(random)),
      ]);
      const value = random.chance(0.7) ? encodeURIComponent(wellFormed(anyText(random))) : oddText(random);
      request.query = [request.query, `${encodeURIComponent(name)}=${value}`].filter(Boolean).join('&');
    },
  ],
  'a mutated body': [
    8,
    (request, random) => {
      const document = parsed(request.body);
      request.body = Buffer.from(toJson(mutated(document, random), random));
    },
  ],
  'a secret in the body': [
    1,
    (request, random, world) => {
      const document = {
        ...(parsed(request.body) as object),
        [random.pick(['target', 'at', 'x'])]: random.pick(world.secretTexts()),
      };
      request.body = Buffer.from(JSON.stringify(document));
    },
  ],
  'an odd body': [
    2,
    (request, random) => {
      request.body = random.pick([
        () => Buffer.from(JSON.stringify(oddValue(random)) ?? ''),
        () => Buffer.from(random.bytes(random.int(0, 64))),
        () => Buffer.alloc(random.int(16_000, 17_000), 0x20),
        () => Buffer.from(`{"sessionId":"${'a'.repeat(20_000)}"}`),
        () => Buffer.from(request.body.toString(), 'utf16le'),
        () => Buffer.from([0xff, 0xfe, 0xfd, ...request.body]),
      ])();
    },
  ],
};

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
}

const WEIGHTS = Object.fromEntries(Object.entries(MUTATIONS).map(([name, [weight]]) => [name, weight]));

/** A request with up to three things wrong. @returns what was done to it, too */
export function mutatedRequest(
  random: Random,
  world: World,
  whose?: Whose,
): { request: FuzzRequest; done: string[] } {
  const request = validRequest(random, world, whose);
  const done = Array.from({ length: random.int(0, 3) }, () => random.weighted(WEIGHTS));
  for (const name of done) MUTATIONS[name]![1](request, random, world);
  return { request, done };
}
