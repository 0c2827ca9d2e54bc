import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { ROUTES } from '../../../core/routes.ts';
import type { Router } from '../../../functions/http/router.ts';
import {
  type Curfew,
  type CurfewEvent,
  createCurfew,
  memoryStore,
} from '../../../functions/server/server.ts';
import { createTable, ENGINES, type Engine } from '../../support/engines.ts';
import { FRONTS, type Front } from '../../support/fronts.ts';
import { SAME_ORIGIN } from '../../support/http.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';

const SITE = 'https://app.example.com';
const IDLE = definePolicy().idleTimeoutMs;

const ask = (path: string, cookie: string, body?: object) =>
  new Request(SITE + path, {
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', cookie },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });

const cookiesOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

/** Ends what the other routes ask for. */
const SIGN_OUT = '/api/session/sign-out';

describe.each(ENGINES)('a server’s own sessions, on %s', (_, start) => {
  let engine: Engine;
  let now = T0;
  let events: CurfewEvent[] = [];
  let curfew: Curfew;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());
  beforeEach(async () => {
    now = T0;
    events = [];
    const { store } = await createTable(engine);
    curfew = createCurfew({ ...options(), store });
  });

  const options = () => ({
    siteUrl: SITE,
    secret: 's'.repeat(32),
    policy: { browserClose: 'last-page' } as const,
    now: () => now,
    onEvent: (event: CurfewEvent) => void events.push(event),
  });

  /** What a browser is answered by each route of the session API through a front: status, code, the names of what is told, and cookies. */
  async function answersOf(server: Curfew, open: (router: Router) => Promise<Front>): Promise<unknown[]> {
    const front = await open(server.router);
    const { headers, session } = await server.signIn(ask('/login', '', {}), { subject: 'ada' });
    const other = await server.signIn(ask('/login', '', {}), { subject: 'ada' });
    const cookie = cookiesOf(headers);
    const { sessionId } = session;
    const bodies: Record<string, object> = {
      '/api/session/close': { sessionId, at: 1 },
      '/api/session/open': { sessionId, at: 2 },
      '/api/sessions/revoke': { sessionId, target: other.session.sessionId },
    };
    const answers: unknown[] = [];
    const answer = async (method: string, path: string) => {
      const body = method === 'POST' ? (bodies[path] ?? { sessionId }) : undefined;
      const sent = { method, path, body, cookies: [cookie], headers: SAME_ORIGIN };
      const { status, json: told = {}, cookies } = await front.send(sent);
      answers.push([path, status, told.code, told.reason, Object.keys(told).sort(), cookies]);
    };
    const ofSession = ROUTES.filter(({ function: owner, path }) => owner === 'session' && path !== SIGN_OUT);
    for (const { method, path } of ofSession) await answer(method, path);
    await answer('POST', SIGN_OUT);
    await answer('GET', '/api/session');
    await front.close();
    return answers;
  }

  async function signedIn(subject = 'ada') {
    const { session, headers } = await curfew.signIn(ask('/login', '', {}), { subject });
    return { sessionId: session.sessionId, cookie: cookiesOf(headers) };
  }

  test.each(Object.entries(FRONTS))(
    'answer every route as those in memory do, through %s',
    async (_, open) => {
      const inMemory = createCurfew({ ...options(), store: memoryStore() });
      const answers = await answersOf(curfew, open);
      expect(answers).toEqual(await answersOf(inMemory, open));
      expect(answers.at(-1)).toEqual([
        '/api/session',
        401,
        'ERR_SESSION_ENDED',
        'signed-out',
        expect.anything(),
        [],
      ]);
    },
  );

  test('begin, slide, end by idleness and are told of, once', async () => {
    const { sessionId, cookie } = await signedIn();
    now += 10 * MINUTE;
    const touched = await curfew.fetch(ask('/api/session/touch', cookie, { sessionId }));
    expect(await touched.json()).toMatchObject({ remainingMs: IDLE });
    now += IDLE;
    expect(await curfew.sweep()).toMatchObject({ ended: 1, complete: true });
    expect(await (await curfew.fetch(ask('/api/session', cookie))).json()).toMatchObject({ reason: 'idle' });
    expect(await curfew.sweep()).toMatchObject({ ended: 0 });
    expect(events.map(({ type, detail }) => [type, detail.sessionId])).toEqual([
      ['Session Started', sessionId],
      ['Session Ended', sessionId],
    ]);
  });

  test('end once, and are told of once, when ten requests find them expired at the same time', async () => {
    const { cookie } = await signedIn();
    now += IDLE;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => curfew.fetch(ask('/api/session', cookie))),
    );
    for (const answer of answers) expect(await answer.json()).toMatchObject({ reason: 'idle', endedAt: now });
    expect(events.filter(({ type }) => type === 'Session Ended')).toHaveLength(1);
  });

  test('are listed and revoked', async () => {
    const kept = await signedIn();
    const other = await signedIn();
    expect((await curfew.list('ada')).sessions).toHaveLength(2);
    expect(await curfew.revoke('ada', { except: kept.sessionId })).toEqual({ revoked: 1, remaining: 0 });
    const answer = await curfew.fetch(ask('/api/session', other.cookie));
    expect(await answer.json()).toMatchObject({ reason: 'revoked' });
    expect((await curfew.check(ask('/orders', kept.cookie))).session?.state).toBe('active');
  });
});
