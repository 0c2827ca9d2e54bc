import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import type { EndedState, Session } from '../../../../core/lifecycle.ts';
import {
  ROW_VERSION,
  type SessionItem,
  toItem,
  toSession,
  toStored,
  ttlOf,
} from '../../../../functions/store/dynamodb/item.ts';
import { hashOf, MINUTE, newSession, T0 } from '../../../support/sessions.ts';

const OPTIONS = { retentionMs: 60 * MINUTE, dueShards: 8 };
const RIGHT = hashOf('right');

const itemOf = (session: Session): SessionItem => toItem({ session, secretHash: RIGHT }, OPTIONS);

describe('a row', () => {
  test('has everything that a session has, both ways', () => {
    const session = newSession({ device: { userAgent: 'UA', address: '::1' }, providerSid: 'sid' });
    expect(toStored(toItem({ session, secretHash: RIGHT }, OPTIONS))).toEqual({ session, secretHash: RIGHT });
  });

  test('says which version of rows it is, and one without or with a newer version is read alike', () => {
    const session = newSession();
    const item = itemOf(session);
    expect(item.v).toEqual({ N: String(ROW_VERSION) });
    const { v: _older, ...older } = item;
    expect(toSession(older)).toEqual(session);
    expect(toSession({ ...item, v: { N: '99' }, ofANewerRelease: { N: '1' } })).toEqual(session);
  });

  test('of release 0.1 has the usual notice of its absolute limit', () => {
    const session = newSession({ absoluteWarnBeforeMs: MINUTE });
    const { absoluteWarnBeforeMs, ...older } = itemOf(session);
    expect(absoluteWarnBeforeMs).toEqual({ N: String(MINUTE) });
    expect(toSession(older)).toEqual({ ...session, absoluteWarnBeforeMs: 10 * MINUTE });
  });

  test('says when it is due, in which shard, and when it may go', () => {
    const item = toItem({ session: newSession(), secretHash: RIGHT }, OPTIONS);
    expect(item.dueAt).toEqual({ N: String(T0 + 15 * MINUTE) });
    expect(Number(item.dueShard!.S)).toBeGreaterThanOrEqual(0);
    expect(Number(item.dueShard!.S)).toBeLessThan(8);
    expect(item.ttl).toEqual({ N: String((T0 + 12 * 60 * MINUTE + 60 * MINUTE) / 1_000) });
  });

  test.each([
    [1_000, 0, 1],
    [1_001, 0, 2],
    [999, 1, 1],
    [999, 2, 2],
  ])('TTL of %i + %i ms is %i whole seconds, never early', (endsAt, retention, seconds) => {
    expect(ttlOf(endsAt, retention)).toBe(seconds);
  });

  test.each([
    ['idleExpiresAt', { N: 'NaN' }],
    ['createdAt', { N: '-1' }],
    ['activeUntil', { N: '0.5' }],
    ['state', { S: 'asleep' }],
    ['browserClose', { N: '1' }],
  ])('whose %s is %p is rejected by its name', (attribute, value) => {
    const item = { ...itemOf(newSession()), [attribute]: value } as SessionItem;
    expect(() => toSession(item)).toThrow(`no usable ${attribute}`);
  });

  test.each([
    [undefined, undefined],
    [{ S: 'ada' }, undefined],
    [{ M: {} }, undefined],
    [{ M: { type: { N: '1' } } }, undefined],
    [{ M: { type: { S: 'admin' }, id: { N: '1' } } }, { type: 'admin' }],
    [{ M: { type: { S: 'robot' }, id: { S: 'r2' } } }, { type: 'robot', id: 'r2' }],
    [{ M: { type: { S: 'admin' }, id: { S: 'x'.repeat(400) } } }, { type: 'admin', id: 'x'.repeat(128) }],
  ] as [AttributeValue | undefined, unknown][])(
    'that says %j of who ended it is readable: %j',
    (endedBy, expected) => {
      const item = {
        ...itemOf(newSession()),
        state: { S: 'ended' },
        endReason: { S: 'revoked' },
        endedAt: { N: String(T0) },
        ...(endedBy && { endedBy }),
      };
      expect((toSession(item) as EndedState).endedBy).toEqual(expected);
    },
  );

  test.each(['endReason', 'endedAt'])('that ended without %s is rejected by its name', (attribute) => {
    const ended = {
      ...itemOf(newSession()),
      state: { S: 'ended' },
      endReason: { S: 'idle' },
      endedAt: { N: String(T0) },
    };
    const { [attribute]: _gone, ...item } = ended as SessionItem;
    expect(() => toSession({ ...ended })).not.toThrow();
    expect(() => toSession(item)).toThrow(`no usable ${attribute}`);
  });

  test.each(['pk', 'subject', 'idleExpiresAt', 'state'])(
    'without %s is rejected by its name',
    (attribute) => {
      const { [attribute]: _gone, ...item } = itemOf(newSession());
      expect(() => toSession(item)).toThrow(`no usable ${attribute}`);
    },
  );
});
