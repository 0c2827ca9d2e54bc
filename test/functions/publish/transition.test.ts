import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { EndReason } from '../../../core/contract.ts';
import { end } from '../../../core/lifecycle.ts';
import { SessionEnded, SessionStarted } from '../../../core/protocol.ts';
import { transitionOf } from '../../../functions/publish/transition.ts';
import type { Transition } from '../../../functions/sessions/transition.ts';
import { MINUTE, newSession, T0 } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

const session = newSession();
const { sessionId, idleExpiresAt, absoluteExpiresAt } = session;
const endedOf = (reason: EndReason, endedAt: number, before = session) =>
  transitionOf(streamRecord({ before, after: end(before, reason, endedAt) }));

/** The detail of its event, as the bus completes it. */
const asEvent = ({ detail }: Transition) => ({ ...detail, service: 'test' });

test('a new row is a start', () => {
  const transition = transitionOf(streamRecord({ after: session }))!;
  expect(transition).toEqual({
    type: 'Session Started',
    at: T0,
    detail: {
      eventId: `${sessionId}.started`,
      sessionId,
      subject: 'ada',
      createdAt: T0,
      policy: 'default',
    },
  });
  expect(z.parse(SessionStarted, asEvent(transition))).toEqual(asEvent(transition));
});

describe('the transition to ended is an end', () => {
  test.each([
    ['idle', idleExpiresAt + 7, idleExpiresAt, 7, 'system'],
    ['absolute', absoluteExpiresAt + 9, absoluteExpiresAt, 9, 'system'],
    ['signed-out', T0 + 1, null, null, 'subject'],
    ['revoked', T0 + 1, null, null, 'subject'],
    ['superseded', T0 + 1, null, null, 'subject'],
    ['closed', T0 + 5, T0 + 5, 0, 'system'],
  ] as const)('%s', (reason, endedAt, deadlineAt, latenessMs, by) => {
    const transition = endedOf(reason, endedAt)!;
    expect(transition).toEqual({
      type: 'Session Ended',
      at: endedAt,
      detail: {
        eventId: `${sessionId}.ended`,
        sessionId,
        subject: 'ada',
        reason,
        createdAt: T0,
        lastActivityAt: T0,
        endedAt,
        deadlineAt,
        latenessMs,
        endedBy: { type: by },
      },
    });
    expect(z.parse(SessionEnded, asEvent(transition))).toEqual(asEvent(transition));
    // A row of the last release does not say who: the reason does.
    const { endedBy: _unrecorded, ...unsaid } = end(session, reason, endedAt);
    expect(transitionOf(streamRecord({ before: session, after: unsaid }))).toEqual(transition);
  });

  test('by an administrator, whom it names', () => {
    const endedBy = { type: 'admin', id: 'arn:aws:iam::000000000000:user/ops' };
    const after = end(session, 'revoked', T0 + 1, endedBy);
    expect(transitionOf(streamRecord({ before: session, after }))?.detail).toMatchObject({ endedBy });
  });

  test.each([
    [T0 + 100, T0 + 40, 60],
    [T0 + 10, T0 + 10, 0],
  ])(
    'closed at %i with a close grace: its deadline is the earlier of the two',
    (endedAt, deadlineAt, latenessMs) => {
      const before = { ...session, closesAt: T0 + 40 };
      expect(endedOf('closed', endedAt, before)?.detail).toMatchObject({ deadlineAt, latenessMs });
    },
  );
});

describe('nothing is announced', () => {
  test.each([
    ['of a touch', streamRecord({ before: session, after: { ...session, lastActivityAt: T0 + 1 } })],
    [
      'of a tombstone that TTL takes',
      streamRecord({ before: end(session, 'idle', idleExpiresAt), at: idleExpiresAt + 9 * MINUTE }),
    ],
    [
      'of a change to a tombstone',
      streamRecord({ before: end(session, 'idle', T0 + 1), after: end(session, 'idle', T0 + 2) }),
    ],
    [
      'of a row that is no session',
      {
        dynamodb: {
          SequenceNumber: '1',
          NewImage: { pk: { S: 'signin#x' }, state: { S: 'active' } },
        },
      },
    ],
    ['of a record without images', { dynamodb: { SequenceNumber: '1' } }],
    ['of a record without anything', {}],
  ])('%s', (_name, record) => expect(transitionOf(record)).toBeUndefined());
});

describe('a row that is removed while active', () => {
  test.each([
    ['idle', session, idleExpiresAt, MINUTE],
    ['absolute', { ...session, idleExpiresAt: absoluteExpiresAt + 1 }, absoluteExpiresAt, MINUTE],
    ['closed', { ...session, closesAt: T0 + 30_000 }, T0 + 30_000, MINUTE],
  ] as const)(
    'has ended by its deadline: %s, at the time that it went',
    (reason, before, deadlineAt, late) => {
      const at = deadlineAt + late;
      expect(transitionOf(streamRecord({ before, at }))).toMatchObject({
        type: 'Session Ended',
        at,
        detail: {
          eventId: `${sessionId}.ended`,
          reason,
          endedAt: at,
          deadlineAt,
          latenessMs: late,
          endedBy: { type: 'system' },
        },
      });
    },
  );

  test('by TTL was removed after its deadline, though the time of the record is rounded down', () => {
    const record = streamRecord({ before: session, at: idleExpiresAt - 400 });
    record.userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    expect(transitionOf(record)?.detail).toMatchObject({
      reason: 'idle',
      endedAt: idleExpiresAt,
      latenessMs: 0,
    });
  });

  test('before its deadline counts as revoked by an administrator', () => {
    expect(transitionOf(streamRecord({ before: session, at: T0 + MINUTE }))?.detail).toMatchObject({
      reason: 'revoked',
      endedBy: { type: 'admin' },
      endedAt: T0 + MINUTE,
      deadlineAt: null,
      latenessMs: null,
    });
  });

  test('has its time in whole milliseconds, though Lambda says seconds', () => {
    const record = streamRecord({ before: session });
    record.dynamodb!.ApproximateCreationDateTime = 1_793_530_000.123;
    expect(transitionOf(record)?.at).toBe(1_793_530_000_123);
  });
});

test('a row that can’t be understood is rejected, naming what it lacks', () => {
  const record = streamRecord({ after: session });
  delete record.dynamodb!.NewImage!.idleExpiresAt;
  expect(() => transitionOf(record)).toThrow('idleExpiresAt');
});
