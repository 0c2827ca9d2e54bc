import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { EVENT_TYPES } from '../../core/contract.ts';
import { deadline, end, type Session, touch } from '../../core/lifecycle.ts';
import { MINUTE, newSession, SECOND, T0 } from '../support/sessions.ts';
import type { Announcement, History, Observation, RowVersion } from './observations.ts';
import { OF_A_SESSION, OF_THE_SERVICE, violationsIn } from './promises.ts';

const born = newSession({ sessionId: 'a'.repeat(22), browserClose: 'last-page' });
const touched = slide(born, T0 + MINUTE);
const ended = end(touched, 'idle', touched.idleExpiresAt + 30 * SECOND) as Session & { endedAt: number };

function slide(session: Session, at: number, slackMs = 0): Session {
  const result = touch(session, { now: at, activityAt: at, slackMs });
  if (result.outcome !== 'touched') throw new Error(result.outcome);
  return result.session;
}

const version = (
  session: Session | undefined,
  eventName: DynamoDBRecord['eventName'] = 'MODIFY',
): RowVersion => ({
  session,
  dueAt: session?.state === 'active' ? deadline(session).at : undefined,
  readAt: T0 + MINUTE,
  record: { eventName },
});

let order = 0;
function request(part: Partial<Observation> & Pick<Observation, 'kind'>): Observation {
  order += 2;
  const trueNow = T0 + MINUTE;
  const { sessionId, subject } = born;
  return {
    sessionId,
    subject,
    began: order,
    ended: order + 1,
    trueNow,
    serverNow: trueNow,
    status: 200,
    ...part,
  };
}

const told = { status: 401, code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: ended.endedAt } as const;
const { sessionId } = born;
const announced = (type: string, detail: object) =>
  ({ type, detail: { sessionId, ...detail } }) as Announcement;
const STARTED = announced(EVENT_TYPES.started, {
  eventId: `${sessionId}.started`,
  createdAt: born.createdAt,
});
const ENDED = announced(EVENT_TYPES.ended, {
  eventId: `${sessionId}.ended`,
  reason: 'idle',
  endedAt: ended.endedAt,
  latenessMs: 30_000,
});

/** A sign-in, a touch that was answered, an end by the sweep that is told and announced, twice as it may be. */
function wellKept(): History & { versions: Map<string, RowVersion[]>; observations: Observation[] } {
  return {
    observations: [
      request({ kind: 'sign-in' }),
      request({ kind: 'touch', activityAt: T0 + MINUTE, at: 7, json: { expiresAt: touched.idleExpiresAt } }),
      request({ kind: 'stranger', status: 401, code: 'ERR_SESSION_UNKNOWN' }),
      request({ kind: 'status', ...told }),
    ],
    versions: new Map([[sessionId, [version(born, 'INSERT'), version(touched), version(ended)]]]),
    announcements: [STARTED, ENDED, ENDED],
    setAside: [],
    sweeps: [{ now: ended.endedAt, left: [] }],
    skewMs: 0,
    maxSessions: undefined,
  };
}

/** The history with other rows behind it. */
const rows = (...sessions: Session[]) => ({
  versions: new Map([
    [sessionId, sessions.map((session, index) => version(session, index === 0 ? 'INSERT' : 'MODIFY'))],
  ]),
});
/** The history with more requests after its own. */
const asked = (...requests: Parameters<typeof request>[0][]) => ({
  observations: [...wellKept().observations, ...requests.map(request)],
});

/** For each promise, what breaks it. */
const BROKEN: Readonly<Record<string, () => Partial<History>>> = {
  'it ends once: it begins active, and nothing changes once it has ended': () =>
    rows(born, touched, ended, touched),
  'nothing moves back': () => rows(born, touched, born, ended),
  'the idle deadline is what the activity earns': () =>
    rows(born, { ...touched, idleExpiresAt: touched.idleExpiresAt + 1 }, ended),
  'only activity extends it': () => rows(born, touched, slide(touched, T0 + 2 * MINUTE), ended),
  'guarded requests write once in a touch interval': () => {
    const guarded = slide(born, T0 + MINUTE, born.touchIntervalMs);
    const again = { ...guarded, lastActivityAt: T0 + MINUTE + 1, activeUntil: guarded.activeUntil + 1 };
    return rows(born, guarded, { ...again, idleExpiresAt: guarded.idleExpiresAt + 1 }, ended);
  },
  'the sweep looks in time: an active session is due at or before its deadline, an ended one is not': () => ({
    versions: new Map([
      [sessionId, [version(born, 'INSERT'), { ...version(touched), dueAt: touched.idleExpiresAt + 1 }]],
    ]),
  }),
  'never early: no deadline ends it before that deadline, nor after it for a chosen reason': () =>
    rows(born, touched, end(touched, 'idle', touched.idleExpiresAt - 1)),
  'an activity that was answered is kept': () =>
    asked({
      kind: 'touch',
      activityAt: T0 + 2 * MINUTE,
      trueNow: T0 + 2 * MINUTE,
      serverNow: T0 + 2 * MINUTE,
    }),
  'no answer comes from an expired session': () =>
    asked({ kind: 'status', began: -1, json: { expiresAt: T0 + MINUTE } }),
  'all observers agree: whoever is told of the end is told what is stored': () =>
    asked({ kind: 'status', ...told, reason: 'absolute' }),
  'it never comes back: once an answer told of the end, none tells of life': () => asked({ kind: 'list' }),
  'once bound, it answers to its own run of the browser only': () =>
    asked({ kind: 'run-check', run: 'its own', json: { run: 'same' } }, { kind: 'status', run: 'another' }),
  'a sign-out that was answered has ended it': () => ({
    ...rows(born, touched),
    ...asked({ kind: 'sign-out' }),
  }),
  'nobody is signed out for a failure: unknown is only what TTL has removed': () =>
    asked({ kind: 'status', status: 401, code: 'ERR_SESSION_UNKNOWN' }),
  'no end without a cause': () => rows(born, touched, end(touched, 'revoked', T0 + MINUTE)),
  'a close does not end the session of a page that has shown itself since': () => {
    const closing = { ...touched, closesAt: T0 + MINUTE + 30_000, presentAt: 5 };
    return rows(born, touched, closing, end(closing, 'closed', T0 + 2 * MINUTE));
  },
  'a close grace is cancelled by a newer sign of a page only': () => {
    const closing = { ...touched, closesAt: T0 + MINUTE + 30_000, presentAt: 9 };
    return rows(born, touched, closing, { ...closing, closesAt: null }, ended);
  },
  'its beginning and its end are announced once, after repeats are dropped, and as they are stored': () => ({
    announcements: [STARTED],
  }),
  'what the sweep can see ends: nothing is left of it at the end of time': () => rows(born, touched),
  'a failure is a 503 that says when to try again, and never anything else': () =>
    asked({ kind: 'touch', status: 503 }),
  'a stranger learns nothing': () => asked({ kind: 'stranger', ...told }),
  'a complete sweep leaves no expired session': () => ({ sweeps: [{ now: T0, left: [sessionId] }] }),
  'a revocation that says that none remains has ended all that had begun before it': () =>
    asked(
      { kind: 'revoke', sessionId: 'b'.repeat(22), target: 'others', json: { remaining: 0 } },
      { kind: 'touch' },
    ),
  'nothing that makes sense is set aside': () => ({ setAside: [{}] }),
};

test('a history in which every promise is kept breaks none', () => {
  expect(violationsIn(wellKept())).toEqual([]);
});

const promises = [...Object.keys(OF_A_SESSION), ...Object.keys(OF_THE_SERVICE)];

test('all of a user’s sessions include one whose sign-in was under way when they were revoked', () => {
  const [signIn, revoke] = [request({ kind: 'sign-in' }), request({ kind: 'revoke' })];
  const revocation = { ...revoke, sessionId: 'b'.repeat(22), began: 2, ended: 3, json: { remaining: 0 } };
  const during = (begunBy: number, target: string) => ({
    ...wellKept(),
    observations: [
      { ...revocation, target },
      { ...signIn, began: 4, ended: 5, begunBy },
      request({ kind: 'touch', activityAt: T0 + MINUTE, at: 7 }),
    ],
  });
  const promise = 'a revocation that says that none remains has ended all that had begun before it';
  expect(violationsIn(during(1, 'all')).map((violation) => violation.promise)).toEqual([promise]);
  expect(violationsIn(during(4, 'all'))).toEqual([]);
  expect(violationsIn(during(1, 'others'))).toEqual([]);
});

test('every promise is shown to be broken below', () => {
  expect(Object.keys(BROKEN)).toEqual(promises);
});

test.each(promises)('a history that breaks it is found: %s', (promise) => {
  const violations = violationsIn({ ...wellKept(), ...BROKEN[promise]!() });
  expect(violations.map((violation) => violation.promise)).toContain(promise);
});

describe('docs/promises.md', () => {
  const page = readFileSync('docs/promises.md', 'utf8').replaceAll('\n', ' ');

  test.each(promises)('has it: %s', (promise) => {
    expect(page).toContain(promise);
  });
});
