import { expect, test } from '@jest/globals';
import type { SessionEnded } from '../../../core/protocol.ts';
import { learn, MAX_LINES, type News, NOTHING_KNOWN, openTabs, serverNow } from '../../../dev/panel/model.ts';
import type { DevRequest } from '../../../dev/protocol.ts';
import { DEV_SESSION, DEV_STATE, T } from './samples.ts';

const after = (...news: News[]) => news.reduce(learn, NOTHING_KNOWN);
const request = (change: Partial<DevRequest> = {}): News => ({
  type: 'request',
  request: {
    at: T,
    method: 'GET',
    path: '/api/items',
    status: 200,
    touched: false,
    why: 'passive',
    ...change,
  },
});

test('the server’s time goes on by what has passed since it was told', () => {
  const state = after({ type: 'state', state: DEV_STATE, heardAt: 5_000, isAnswer: true });
  expect(serverNow(state, 5_000)).toBe(T);
  expect(serverNow(state, 5_001)).toBe(T + 1);
  // A tick that was read before the news.
  expect(serverNow(state, 4_999)).toBe(T);
});

test('a state that comes is a connection that is there again', () => {
  const lost = after({ type: 'link', link: 'lost' });
  expect(lost.link).toBe('lost');
  expect(learn(lost, { type: 'state', state: DEV_STATE, heardAt: 0, isAnswer: true }).link).toBe('open');
});

test('requests that are alike and follow each other are one line, at the newest time', () => {
  const state = after(
    request(),
    request({ at: T + 1 }),
    request({ at: T + 2, status: 401 }),
    request({ at: T + 3 }),
  );
  expect(state.requests.map(({ request: { at, status }, count }) => [at, status, count])).toEqual([
    [T + 3, 200, 1],
    [T + 2, 401, 1],
    [T + 1, 200, 2],
  ]);
});

test.each(['method', 'path', 'status', 'touched', 'why'] as const)('another %s is another line', (field) => {
  const other = { method: 'HEAD', path: '/', status: 0, touched: true, why: 'pulse' } as const;
  expect(after(request(), request({ [field]: other[field] })).requests).toHaveLength(2);
});

test('what is old is dropped', () => {
  const requests = Array.from({ length: MAX_LINES + 1 }, (_, index) => request({ path: `/${index}` }));
  const pages = requests.map((_, at): News => ({ type: 'page', at, text: 'warning' }));
  const state = after(...requests, ...pages);
  expect([state.requests.length, state.happenings.length]).toEqual([MAX_LINES, MAX_LINES]);
  expect(state.requests[0]?.request.path).toBe(`/${MAX_LINES}`);
});

test('a page that goes, or is silent for 90 seconds, is no longer open', () => {
  const report = { path: '/orders', client: undefined };
  const state = after({ type: 'tab', id: 'a', report, heardAt: 1_000 });
  expect(openTabs(state, 91_000).map(({ id, path }) => [id, path])).toEqual([['a', '/orders']]);
  expect(openTabs(state, 91_001)).toEqual([]);
  expect(openTabs(learn(state, { type: 'tab', id: 'a', report: null, heardAt: 2_000 }), 2_000)).toEqual([]);
});

test('a beginning and an end are told by whose they are', () => {
  const common = { eventId: 'e', service: 'curfew', sessionId: 's', subject: 'ada', createdAt: T };
  const ended: SessionEnded = {
    ...common,
    reason: 'idle',
    lastActivityAt: T,
    endedAt: T + 9,
    deadlineAt: T + 9,
    latenessMs: 0,
    endedBy: { type: 'system' },
  };
  const state = after(
    { type: 'event', event: { type: 'Session Started', detail: { ...common, policy: 'default' } } },
    { type: 'event', event: { type: 'Session Ended', detail: ended } },
  );
  expect(state.happenings).toEqual([
    { at: T + 9, text: 'ada: Session Ended, idle', where: 'server' },
    { at: T, text: 'ada: Session Started', where: 'server' },
  ]);
});

test('whose session is this browser’s is told by an answer, and not by a stream that was opened before', () => {
  const [own, other] = ['own', 'other'].map((sessionId) => ({ ...DEV_SESSION, sessionId }));
  const told = (current: string, isAnswer: boolean): News => {
    const sessions = [own!, other!].map((session) => ({
      ...session,
      current: session.sessionId === current,
    }));
    return { type: 'state', state: { ...DEV_STATE, sessions }, heardAt: 0, isAnswer };
  };
  const currentOf = (...news: News[]) =>
    after(...news)
      .known?.sessions.filter(({ current }) => current)
      .map(({ sessionId }) => sessionId);
  expect(currentOf(told('own', true))).toEqual(['own']);
  expect(currentOf(told('own', true), told('other', false))).toEqual(['own']);
  expect(currentOf(told('own', true), told('other', true), told('own', false))).toEqual(['other']);
  expect(currentOf(told('none', true))).toEqual([]);
});
