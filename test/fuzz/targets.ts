import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import middy from '@middy/core';
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  Context,
  DynamoDBRecord,
} from 'aws-lambda';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { definePolicy } from '../../core/policy.ts';
import { ROUTES } from '../../core/routes.ts';
import { listen } from '../../dev/machine/loopback.ts';
import { createAdminHandler } from '../../functions/admin/handler.ts';
import { openIdProvider } from '../../functions/auth/openid.ts';
import { type Provider, SignInError } from '../../functions/auth/provider.ts';
import { authorize } from '../../functions/authorizer/authorizer.ts';
import { sessionGuard as expressGuard, type GuardedRequest } from '../../functions/guard/express.ts';
import { sessionGuard as fastifyGuard } from '../../functions/guard/fastify.ts';
import { createCheck } from '../../functions/guard/fetch.ts';
import { type GuardVariables, sessionGuard as honoGuard } from '../../functions/guard/hono.ts';
import { sessionGuard as middyGuard } from '../../functions/guard/middy.ts';
import { createObservers } from '../../functions/http/compose.ts';
import { createFetchHandler } from '../../functions/http/fetch.ts';
import type { LambdaResult } from '../../functions/http/lambda-result.ts';
import { createMetrics } from '../../functions/http/metrics.ts';
import type { Router } from '../../functions/http/router.ts';
import { createPublishHandler } from '../../functions/publish/handler.ts';
import { fastifyPlugin } from '../../functions/server/frameworks.ts';
import { nodeHandler } from '../../functions/server/node.ts';
import { createDraftKeys } from '../../functions/service-secret/draft-keys.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import { toEvent } from '../../local/gateway/event.ts';
import { toReply } from '../../local/gateway/reply.ts';
import { Parts } from '../../local/parts.ts';
import type { Random } from '../histories/random.ts';
import { createFailureQueueDouble } from '../support/failure-queue.ts';
import { createApiRouter, createAuthHandler, createSessionHandler } from '../support/handlers.ts';
import { event, SITE_URL } from '../support/http.ts';
import { LAMBDA_FRONTS } from '../support/lambda-fronts.ts';
import { CLIENT_ID, startProvider } from '../support/provider.ts';
import { serve } from '../support/serve.ts';
import { newSession, T0 } from '../support/sessions.ts';
import { streamRecord } from '../support/stream-records.ts';
import { startBadProvider } from './bad-provider.ts';
import { type FuzzRequest, mutatedRequest, type Whose } from './requests.ts';
import { mutated } from './values.ts';
import { CLIENT_SECRET, type World } from './world.ts';

/** What was answered, as far as it is looked at. */
export interface Outcome {
  /** Of a reply of HTTP; undefined: what was asked is none, or the platform never took it to the function. */
  readonly status?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly text: string;
}

/** What is about to be sent to one of the fronts. */
export interface Prepared {
  readonly sent: unknown;
  /** The route of the API that it names, if it names one: its reply is described. */
  readonly route?: { readonly method: string; readonly path: string } | undefined;
  send(): Promise<Outcome>;
}

export type Target = (random: Random) => Promise<Prepared>;

export interface Targets extends AsyncDisposable {
  readonly targets: Readonly<Record<string, Target>>;
}

/** Fronts of Lambda beside the HTTP API. */
const FRONTS = Object.keys(LAMBDA_FRONTS) as (keyof typeof LAMBDA_FRONTS)[];

const NOTHING: Outcome = { headers: {}, cookies: [], text: '' };

/** Every front that takes requests or events, over one world. */
export async function createTargets(world: World): Promise<Targets> {
  const parts = new Parts();
  const provider = await startProvider();
  parts.add({ close: () => provider.stop() });
  const api = apiOptions(world, fakeProvider());
  const bad = parts.add(await startBadProvider());
  const handlers = {
    session: createSessionHandler(api),
    auth: createAuthHandler(api),
    oidc: createAuthHandler({ ...api, provider: openId(provider.issuer) }),
  };
  const router = createApiRouter(api);
  const fetchApi = createFetchHandler(router);
  const node = parts.add(await serve(fetchApi));
  const guards = await guardServers(world, parts);
  const servers = await apiServers(router, parts);

  const http =
    (send: (request: FuzzRequest, random: Random) => Promise<Outcome>, whose?: Whose): Target =>
    async (random) => {
      const { request, done } = mutatedRequest(random, world, whose);
      const route = ROUTES.find(
        (known) => known.function === whose && known.method === request.method && known.path === request.path,
      );
      const sent = { done, ...request, body: request.body.toString('latin1') };
      return { sent, route, send: () => send(request, random) };
    };
  const lambda = (name: 'session' | 'auth') =>
    http(async (request, random) => {
      const given = toLambdaEvent(request, random);
      return ofResult(await handlers[name](given, context()));
    }, name);

  return {
    targets: {
      'session, Lambda': lambda('session'),
      'auth, Lambda': lambda('auth'),
      'auth, Lambda, with a real provider': async (random) => signIn(random, handlers.oidc, world),
      'sign-in from its beginning': async (random) => signIn(random, handlers.auth, world),
      'session, Lambda, parts missing': async (random) => {
        const { request } = mutatedRequest(random, world, 'session');
        const given = mutated(toLambdaEvent(request, random), random) as APIGatewayProxyEventV2;
        return { sent: given, send: async () => ofResult(await handlers.session(given, context())) };
      },
      'auth, Lambda, with a provider that answers badly': async (random) => {
        bad.behave(random, '');
        const handler = createAuthHandler({ ...api, provider: openId(bad.issuer) });
        const prepared = await signIn(random, handler, world, (nonce) => bad.behave(random, nonce));
        // It counts as an outage that was injected.
        world.fault();
        return prepared;
      },
      'all, fetch': http(async (request) => {
        const made = toFetchRequest(request);
        return made ? ofResponse(await fetchApi(made, { sourceIp: '192.0.2.1' })) : NOTHING;
      }),
      'all, fetch behind node:http': http((request) => overSocket(node.origin, request)),
      'all, node:http': http((request) => overSocket(servers.node, request)),
      'all, Express': http((request) => overSocket(servers.express, request)),
      'all, Fastify': http((request) => overSocket(servers.fastify, request)),
      'all, the local gateway': http(async (request, random) => {
        const { method, path, query, headers, cookies, body } = request;
        const rawHeaders = [...headers, ['cookie', cookies.join('; ')]].flat().map(String);
        const url = query === '' ? path : `${path}?${query}`;
        const made = toEvent(
          { method, url, rawHeaders, body, sourceIp: '::1' },
          { routeKey: '$default', pathParameters: {}, domainName: 'a.b', requestId: 'r', now: T0 },
        );
        const handler = path.startsWith('/api/auth/') ? handlers.auth : handlers.session;
        const over = JSON.parse(JSON.stringify(made)) as APIGatewayProxyEventV2;
        const reply = toReply(
          await handler(over, { ...context(), callbackWaitsForEmptyEventLoop: random.chance(0.5) }),
        );
        return {
          status: reply.status,
          headers: Object.fromEntries(reply.headers.filter(([name]) => name !== 'set-cookie')),
          cookies: reply.headers.flatMap(([name, value]) => (name === 'set-cookie' ? value : [])),
          text: reply.body.toString(),
        };
      }),
      ...Object.fromEntries(
        FRONTS.map((name) => [
          `all, Lambda, ${name}`,
          http(async (request, random) => {
            const handler = request.path.startsWith('/api/auth/') ? handlers.auth : handlers.session;
            const given = toFrontEvent(request, name, random) as APIGatewayProxyEvent;
            return LAMBDA_FRONTS[name].answer(await handler(given, context()));
          }),
        ]),
      ),
      'guard, middy': http(async (request, random) =>
        ofResult(await guards.middy(toLambdaEvent(request, random), context())),
      ),
      ...Object.fromEntries(
        FRONTS.map((name) => [
          `guard, middy, ${name}`,
          http(async (request, random) => {
            const given = toFrontEvent(request, name, random);
            return LAMBDA_FRONTS[name].answer(await guards.middy(given, context()));
          }),
        ]),
      ),
      'guard, middy, parts missing': async (random) => {
        const { request } = mutatedRequest(random, world);
        const given = mutated(toFrontEvent(request, random.pick(FRONTS), random), random) as object;
        return { sent: given, send: async () => ofResult(await guards.middy(given, context())) };
      },
      'guard, Express': http((request) => overSocket(guards.express, request)),
      'guard, Fastify': http((request) => overSocket(guards.fastify, request)),
      'guard, Hono': http(async (request) => {
        const made = toFetchRequest(request);
        return made ? ofResponse(await guards.hono(made)) : NOTHING;
      }),
      'guard, fetch': http(async (request) => {
        const made = toFetchRequest(request);
        return made ? ofResponse(await guards.fetch(made)) : NOTHING;
      }),
      'authorizer, REST API': http(async (request, random) => {
        const methodArn = `arn:aws:execute-api:eu-west-1:000000000000:api/prod/${request.method}${request.path}`;
        const given = { ...toFrontEvent(request, 'rest-api', random), methodArn };
        const result = await authorize(given as APIGatewayRequestAuthorizerEvent, {
          ...guardOptions(world),
          onEnded: random.pick(['reject', 'attach']),
        });
        return { ...NOTHING, text: JSON.stringify(result.context) };
      }),
      authorizer: http(async (request, random) => {
        const given = toLambdaEvent(request, random) as unknown as APIGatewayRequestAuthorizerEventV2;
        const result = await authorize(given, {
          ...guardOptions(world),
          onEnded: random.pick(['reject', 'attach']),
        });
        return { ...NOTHING, text: JSON.stringify(result) };
      }),
      admin: async (random) => admin(random, world),
      publish: async (random) => publish(random),
    },
    [Symbol.asyncDispose]: () => parts.close(),
  };
}

/** What the service is called in its log. */
const OBSERVED = { SESSION_SERVICE: 'fuzz' };

const context = () => ({ awsRequestId: 'lambda-request' }) as Context;

function apiOptions(world: World, provider: Provider) {
  return {
    ...createObservers(OBSERVED),
    store: world.store,
    keyring: world.keyring,
    draftKeys: createDraftKeys(world.keyring),
    provider,
    policy: definePolicy({ browserClose: 'last-page' }),
    browserClose: 'last-page',
    siteUrl: SITE_URL,
    originSecrets: [world.originSecret],
    proxyHops: 1,
    reauthentication: 'always',
    missingAuthTime: 'trust',
    maxSessions: 3,
    clearSiteData: false,
    openapi: {},
    now: world.now,
    randomBytes: world.randomBytes,
  } as const;
}

/** What the functions know of a provider that is asked. */
function openId(issuer: string): Provider {
  const clientId = `${CLIENT_ID}-secret`;
  return openIdProvider({ issuer, clientId, siteOrigin: SITE_URL, clientSecret: async () => CLIENT_SECRET });
}

/** A provider that knows who it is by the code. */
function fakeProvider(): Provider {
  return {
    authorizationUrl: async ({ state, nonce }) =>
      new URL(`https://id.example.com/authorize?${new URLSearchParams({ state, nonce })}`),
    async identify({ query }) {
      if (query.get('code') !== 'good') throw new SignInError('sign_in_failed');
      return { subject: 'ada', name: 'Ada Lovelace', authenticatedAt: T0 };
    },
    signOutUrl: async () => 'https://id.example.com/end',
  };
}

/** A sign-in whose callback is mutated: only so does it get past the check of its state. */
async function signIn(
  random: Random,
  handler: ReturnType<typeof createAuthHandler>,
  world: World,
  onNonce: (nonce: string) => void = () => undefined,
): Promise<Prepared> {
  const own = { 'x-curfew-origin': world.originSecret };
  const path = '/api/auth/sign-in';
  const navigation = { ...own, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const begun = ofResult(await handler(event({ path, headers: navigation }), context()));
  const { request, done } = mutatedRequest(random, world);
  const { searchParams } = new URL(begun.headers.location ?? 'https://none.invalid');
  const state = searchParams.get('state') ?? '';
  onNonce(searchParams.get('nonce') ?? '');
  // In the address it is sent to, and nowhere else.
  if (state !== '') world.learn({ name: 'state of the sign-in', texts: [state] });
  const callback: FuzzRequest = {
    ...request,
    method: random.chance(0.95) ? 'GET' : request.method,
    path: random.chance(0.95) ? '/api/auth/callback' : request.path,
    query: `code=${random.chance(0.8) ? 'good' : 'x'}&state=${state}&${request.query}`,
    cookies: [...begun.cookies.map((line) => line.split(';')[0]!), ...request.cookies],
    body: Buffer.alloc(0),
  };
  const given = toLambdaEvent(callback, random);
  return {
    sent: { done, ...callback, body: '' },
    // A failure of the store may have come before there was a state.
    send: async () => (begun.status === 302 ? ofResult(await handler(given, context())) : begun),
  };
}

/** As API Gateway makes it: names in lower case, what repeats joined by a comma, the cookies by themselves. */
function toLambdaEvent(request: FuzzRequest, random: Random): APIGatewayProxyEventV2 {
  const { method, path, query, body } = request;
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]},${value}`;
  }
  const inHeader = random.chance(0.2);
  const cookies = request.cookies.join('; ').split(/; ?/);
  if (inHeader && request.cookies.length > 0) headers.cookie = request.cookies.join('; ');
  const base64 = random.chance(0.3);
  const made = event({
    method,
    path,
    query,
    headers: {},
    ...(!inHeader && request.cookies.length > 0 && { cookies }),
    ...(body.length > 0 && { body: body.toString(base64 ? 'base64' : 'utf8') }),
  });
  // Said, or not said, whatever it is.
  return { ...made, headers, isBase64Encoded: random.chance(0.95) ? base64 : !base64 };
}

/** As one of the other fronts makes it. */
function toFrontEvent(request: FuzzRequest, name: keyof typeof LAMBDA_FRONTS, random: Random): object {
  const { method, path, query, headers, cookies, body } = request;
  const lines = random.chance(0.8) ? [cookies.join('; ')] : cookies;
  return LAMBDA_FRONTS[name].event({
    method,
    path,
    query,
    headers: [...headers, ...lines.filter(Boolean).map((line) => ['cookie', line] as const)],
    body: body.toString(),
    base64: random.chance(0.3),
  });
}

/** Undefined: the fetch API itself does not take it. */
function toFetchRequest({ method, path, query, headers, cookies, body }: FuzzRequest): Request | undefined {
  try {
    const sent = new Headers();
    for (const [name, value] of headers) sent.append(name, latin1(value));
    if (cookies.length > 0) sent.append('cookie', latin1(cookies.join('; ')));
    const hasBody = body.length > 0 && !/^(?:get|head)$/i.test(method);
    return new Request(`${SITE_URL}${path}${query && `?${query}`}`, {
      method,
      headers: sent,
      ...(hasBody && { body: new Uint8Array(body) }),
    });
  } catch {
    return undefined;
  }
}

/** One character for each byte, and none that would end the line. */
function latin1(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n\0]/g, '');
}

/** Byte for byte, as no client of HTTP would send it. What Node does not take, it answers itself, or not at all. */
async function overSocket(origin: string, request: FuzzRequest): Promise<Outcome> {
  const { method, path, query, headers, cookies, body } = request;
  const { hostname, port } = new URL(origin);
  const target = `${path}${query && `?${query}`}`;
  const lines = [
    `${method} ${latin1(target).replace(/ /g, '%20')} HTTP/1.1`,
    ...(headers.some(([name]) => name === 'host') ? [] : [`host: ${hostname}:${port}`]),
    ...headers.map(([name, value]) => `${latin1(name)}: ${latin1(value)}`),
    ...(cookies.length > 0 ? [`cookie: ${latin1(cookies.join('; '))}`] : []),
    ...(body.length > 0 ? [`content-length: ${body.length}`] : []),
    'connection: close',
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const received = await new Promise<string>((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.end(Buffer.concat([head, body])));
    const done = () => resolve(Buffer.concat(chunks).toString());
    // A length that promises more than there is would be waited for.
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', done).on('close', done);
  });
  const status = /^HTTP\/1\.1 (\d+)/.exec(received)?.[1];
  return { ...NOTHING, status: status === undefined ? undefined : Number(status), text: received };
}

function ofResult(result: object): Outcome {
  const { statusCode, headers, cookies, body } = result as {
    statusCode?: number;
    headers?: Record<string, string>;
    cookies?: string[];
    body?: string;
  };
  return { status: statusCode, headers: headers ?? {}, cookies: cookies ?? [], text: body ?? '' };
}

async function ofResponse(response: Response | undefined): Promise<Outcome> {
  if (!response) return NOTHING;
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'));
  return { status: response.status, headers, cookies, text: await response.text() };
}

function guardOptions({ store, now, originSecret }: World) {
  return { store, now, siteUrl: SITE_URL, originSecrets: [originSecret], bounce: true } as const;
}

/** The API by the adapters of `curfew/server`. */
async function apiServers(router: Router, parts: Parts) {
  async function origin(server: Server): Promise<string> {
    const port = await listen(server);
    parts.add({ close: async () => void server.close() });
    parts.add({ close: async () => server.closeAllConnections() });
    return `http://127.0.0.1:${port}`;
  }
  const app = express();
  // Or Express prints what fails.
  app.set('env', 'test');
  app.use(nodeHandler({ router }));
  const plugin = fastify();
  await plugin.register(fastifyPlugin({ router }));
  parts.add({ close: () => plugin.close() });
  return {
    node: await origin(createServer(nodeHandler({ router }))),
    express: await origin(createServer(app)),
    fastify: await plugin.listen({ port: 0, host: '127.0.0.1' }),
  };
}

async function guardServers(world: World, parts: Parts) {
  const options = guardOptions(world);
  const app = express();
  // Or Express prints what fails.
  app.set('env', 'test');
  app.use(expressGuard(options));
  app.use(
    (request, response) => void response.json((request as unknown as GuardedRequest).curfew?.session ?? null),
  );
  const server = createServer(app);
  const port = await listen(server);
  parts.add({ close: async () => server.closeAllConnections() });
  parts.add({ close: async () => server.close() });

  const plugin = fastify();
  await plugin.register(fastifyGuard(options));
  plugin.all('/*', async (request) => (request as unknown as GuardedRequest).curfew?.session ?? null);
  const fastifyOrigin = await plugin.listen({ port: 0, host: '127.0.0.1' });
  parts.add({ close: () => plugin.close() });

  const hono = new Hono<{ Variables: GuardVariables }>();
  hono.onError((error, c) => c.text(String(error.stack), 500));
  hono.use('*', honoGuard(options));
  hono.all('*', (c) => c.json(c.get('curfew').session));

  const check = createCheck(options);
  const guarded = middy()
    .use(middyGuard(options))
    .handler(async ({ session }: { session: object }) => ({
      statusCode: 200,
      body: JSON.stringify(session ?? null),
    }));
  return {
    express: `http://127.0.0.1:${port}`,
    fastify: fastifyOrigin,
    hono: (request: Request) => hono.fetch(request),
    async fetch(request: Request) {
      const { session, response } = await check(request);
      return response ?? Response.json(session ?? null);
    },
    middy: guarded as unknown as (given: object, context: Context) => Promise<LambdaResult>,
  };
}

async function admin(random: Random, world: World): Promise<Prepared> {
  const handler = createAdminHandler({ ...createObservers(OBSERVED), store: world.store, now: world.now });
  const { sessionId } = random.pick(Object.values(world.holders));
  const valid = random.pick<object>([
    { action: 'list', subject: 'ada' },
    { action: 'revoke', sessionId },
    { action: 'revoke', subject: 'ada' },
    { action: 'erase', subject: 'ada' },
    { action: 'revoke', all: true, limit: 10, cursor: { shard: 0 } },
  ]);
  const asked = { actor: 'ops', ...valid };
  const sent = random.chance(0.2) ? asked : mutated(random.chance(0.8) ? asked : valid, random);
  const send = async (): Promise<Outcome> => {
    const answer = await handler(sent);
    const status = 'problem' in answer ? (answer.problem as { status?: number }).status : 200;
    return { ...NOTHING, status, text: JSON.stringify(answer) };
  };
  return { sent, send };
}

async function publish(random: Random): Promise<Prepared> {
  const queue = createFailureQueueDouble();
  const announced: unknown[] = [];
  const handler = createPublishHandler({
    log: createObservers(OBSERVED).log,
    metrics: createMetrics(OBSERVED.SESSION_SERVICE),
    bus: {
      async put(transitions) {
        announced.push(...transitions);
        return new Map();
      },
    },
    failureQueue: queue,
    store: createMemoryStore(),
    now: () => T0,
  });
  const before = newSession({ sessionId: 's'.repeat(22) });
  const after = { ...before, state: 'ended', endReason: 'idle', endedAt: T0 + 900_000 } as const;
  const records = [
    streamRecord({ after: before, at: T0 }),
    streamRecord({ before, after, at: T0 }),
    streamRecord({ before, at: T0 }),
  ];
  const Records = records.map((record, i) => {
    const bad = random.chance(0.7) ? (mutated(record, random) as DynamoDBRecord) : record;
    return bad && { ...bad, dynamodb: { ...bad.dynamodb, SequenceNumber: String(i) } };
  });
  const send = async (): Promise<Outcome> => {
    const { batchItemFailures } = await handler({ Records });
    if (batchItemFailures.length > 0) throw new Error('a record holds up the others');
    return { ...NOTHING, text: JSON.stringify([announced, queue.notes]) };
  };
  return { sent: Records, send };
}
