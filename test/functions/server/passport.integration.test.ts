import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { type GuardedRequest, sessionGuard } from '../../../functions/guard/express.ts';
import { type Curfew, createCurfew, memoryStore, nodeHandler } from '../../../functions/server/server.ts';

/** passport with express-session, which keep their own `request.session` and `request.user`, on the router of Curfew. */
interface Account {
  readonly id: string;
  readonly name: string;
}

const userOf = (id: string): Account => ({ id, name: id });

let origin = '';
let curfew: Curfew;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  curfew = createCurfew({ store: memoryStore(), siteUrl: 'http://localhost:3000' });
  const authenticator = new passport.Passport();
  authenticator.use(
    new LocalStrategy((name, password, done) => done(null, password === 'correct horse' && userOf(name))),
  );
  authenticator.serializeUser<string>((user, done) => done(null, (user as Account).id));
  authenticator.deserializeUser<string>((id, done) => done(null, userOf(id)));
  const app = express();
  app.set('env', 'test');
  app.use(session({ secret: 'secret', resave: false, saveUninitialized: false }));
  app.use(authenticator.session());
  app.use(nodeHandler(curfew));
  const parsed = express.urlencoded();
  app.post('/login', parsed, authenticator.authenticate('local'), async (request, response) => {
    const { headers } = await curfew.signIn(request, { subject: (request.user as Account).id });
    response.setHeaders(headers).json('both');
  });
  app.post('/login/again', (request, response, next) => {
    request.login(userOf('grace'), (error) => (error ? next(error) : response.json('passport alone')));
  });
  app.post('/logout', async (request, response, next) => {
    const { headers } = await curfew.signOut(request);
    response.setHeaders(headers);
    request.logout((error) => (error ? next(error) : response.json('neither')));
  });
  app.get('/old', (request, response) => {
    response.json({ user: request.user ?? null, isAuthenticated: request.isAuthenticated() });
  });
  app.get('/both', sessionGuard(curfew.guard), (request, response) => {
    const { subject } = (request as unknown as GuardedRequest).curfew.session;
    request.session.save(() => response.json({ subject, user: request.user }));
  });
  app.post('/destroy', sessionGuard(curfew.guard), (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json('destroyed')));
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
});
afterAll(() => {
  for (const stop of stops) stop();
});

function browser() {
  const jar = new Map<string, string>();
  return async (method: 'GET' | 'POST', path: string, body?: Record<string, string>) => {
    const headers = {
      'sec-fetch-site': 'same-origin',
      cookie: [...jar].map((pair) => pair.join('=')).join('; '),
    };
    const response = await fetch(origin + path, {
      method,
      headers,
      ...(body && { body: new URLSearchParams(body) }),
      // What hangs fails here, and says so.
      signal: AbortSignal.timeout(10_000),
    });
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      jar.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, body: /^["{]/.test(text) ? JSON.parse(text) : text };
  };
}

const ADA = { username: 'ada', password: 'correct horse' };

describe('passport and express-session on the router of Curfew', () => {
  test('a sign-in to both and a sign-out of both, answered each', async () => {
    const ask = browser();
    expect((await ask('POST', '/login', { ...ADA, password: 'battery' })).status).toBe(401);
    expect((await ask('GET', '/both')).status).toBe(401);
    expect((await ask('POST', '/login', ADA)).body).toBe('both');
    expect((await ask('GET', '/both')).body).toEqual({ subject: 'ada', user: userOf('ada') });
    expect((await ask('GET', '/api/session')).body).toMatchObject({ subject: 'ada' });
    expect((await ask('POST', '/logout')).body).toBe('neither');
    expect((await ask('GET', '/old')).body).toEqual({ user: null, isAuthenticated: false });
    expect((await ask('GET', '/both')).status).toBe(401);
  });

  test('each keeps its own: request.login regenerates and destroy removes nothing of Curfew’s', async () => {
    const ask = browser();
    await ask('POST', '/login', ADA);
    expect((await ask('POST', '/login/again')).body).toBe('passport alone');
    expect((await ask('GET', '/both')).body).toEqual({ subject: 'ada', user: userOf('grace') });
    expect((await ask('POST', '/destroy')).body).toBe('destroyed');
    expect((await ask('GET', '/old')).body).toEqual({ user: null, isAuthenticated: false });
    expect((await ask('GET', '/api/session')).body).toMatchObject({ subject: 'ada' });
  });

  test('an end of Curfew’s session leaves passport’s, whose routes have to be guarded too', async () => {
    const ask = browser();
    await ask('POST', '/login', ADA);
    await curfew.revoke('ada');
    expect((await ask('GET', '/both')).body).toMatchObject({ reason: 'revoked' });
    expect((await ask('GET', '/old')).body).toMatchObject({ isAuthenticated: true });
  });

  test('requests in parallel are answered all', async () => {
    const ask = browser();
    await ask('POST', '/login', { ...ADA, username: 'alan' });
    const paths = ['/both', '/old', '/api/session', '/api/sessions', '/both'];
    const answers = await Promise.all(paths.flatMap((path) => [ask('GET', path), ask('GET', path)]));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });
});
