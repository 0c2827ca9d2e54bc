import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MARK_SCOPE, MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import { deadline, type Session, tighten } from '../../../core/lifecycle.ts';
import type { StoreOptions } from '../../../functions/store/session-store.ts';
import type { Store } from '../../../functions/store/store.ts';
import { hashOf, MINUTE, newSession, newSessionId, SECOND, T0 } from '../../support/sessions.ts';

type Opened = { store: Store; close?: () => Promise<unknown> };

const RIGHT = hashOf('right');
const WRONG = hashOf('wrong');
export const CONTRACT_OPTIONS: StoreOptions = { retentionMs: 24 * 60 * MINUTE, dueShards: 4 };
/** Rows of other tests lie in the same table: each test looks for its own. */
const FAR = Number.MAX_SAFE_INTEGER;

/** What every implementation of the ports holds to. `open` is called once. */
export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened;
    let store: Store;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(async () => opened?.close?.());

    async function stored(input: Parameters<typeof newSession>[0] = {}): Promise<Session> {
      const session = newSession(input);
      await store.create(session, RIGHT);
      return session;
    }
    const touchAt = (
      session: Session,
      now: number,
      activityAt = now,
      slackMs = 0,
      secretHash = RIGHT,
      runHash?: Uint8Array,
    ) =>
      store.touch({
        sessionId: session.sessionId,
        secretHash,
        runHash,
        now,
        activityAt,
        activeUntil: activityAt + slackMs,
      });
    const read = async (session: Session) => (await store.read(session.sessionId))?.session;
    const closeAt = ({ sessionId }: Session, now: number, graceMs = 30 * SECOND, secretHash = RIGHT) =>
      store.startCloseGrace({ sessionId, secretHash, now, graceMs });
    const openAt = ({ sessionId }: Session, now: number, secretHash = RIGHT) =>
      store.cancelCloseGrace({ sessionId, secretHash, now });

    async function dueOf(session: Session, until = FAR): Promise<number | undefined> {
      for (let shard = 0; shard < (await store.dueShards()); shard += 1) {
        let after: { sessionId: string; dueAt: number } | undefined;
        do {
          const page = await store.due({ shard, until, limit: 100, after });
          const entry = page.entries.find(({ sessionId }) => sessionId === session.sessionId);
          if (entry) return entry.dueAt;
          after = page.next;
        } while (after);
      }
      return undefined;
    }

    describe('create and read', () => {
      test('a session comes back as it was stored, with its secret hash', async () => {
        const session = await stored({
          subject: 'ünïcode|𝒮',
          user: { name: '', email: 'a@b.example' },
          device: { userAgent: 'Firefox', address: '192.0.2.1' },
          providerSid: 'sid-1',
          browserClose: 'last-page',
        });
        const found = await store.read(session.sessionId);
        expect(found?.session).toEqual(session);
        expect(Buffer.from(found!.secretHash).equals(RIGHT)).toBe(true);
      });

      test('a session without name, email and device comes back without them', async () => {
        const session = await stored({ user: {} });
        expect(await read(session)).toEqual(session);
      });

      test('an id that nobody has is undefined', async () => {
        expect(await store.read(newSessionId())).toBeUndefined();
      });

      test('the same write again succeeds and changes nothing', async () => {
        const session = await stored();
        await store.create(session, RIGHT);
        expect(await read(session)).toEqual(session);
      });

      test('an id that is taken is not overwritten', async () => {
        const session = await stored();
        const other = newSession({ sessionId: session.sessionId, subject: 'mallory' });
        await expect(store.create(other, WRONG)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
        expect(await read(session)).toEqual(session);
      });

      test('the bytes handed in are not shared with the caller', async () => {
        const session = newSession();
        const hash = Uint8Array.from(RIGHT);
        await store.create(session, hash);
        hash.fill(0);
        expect((await touchAt(session, T0 + 1)).outcome).toBe('touched');
      });
    });

    describe('touch', () => {
      test('slides the idle deadline, and leaves the absolute one', async () => {
        const session = await stored();
        const at = T0 + 5 * MINUTE;
        const result = await touchAt(session, at);
        expect(result).toEqual({
          outcome: 'touched',
          session: {
            ...session,
            lastActivityAt: at,
            activeUntil: at,
            idleExpiresAt: at + session.idleTimeoutMs,
          },
        });
        expect(await read(session)).toEqual((result as { session: Session }).session);
      });

      test('with slack the user counts as active for that much longer', async () => {
        const session = await stored();
        const at = T0 + 5 * MINUTE;
        expect(await touchAt(session, at, at, MINUTE)).toMatchObject({
          outcome: 'touched',
          session: {
            lastActivityAt: at,
            activeUntil: at + MINUTE,
            idleExpiresAt: at + MINUTE + session.idleTimeoutMs,
          },
        });
      });

      test.each([
        [-1, 'unchanged'],
        [0, 'touched'],
        [1, 'touched'],
      ] as const)('an activity %i ms after activeUntil is %s', async (offset, outcome) => {
        const session = await stored();
        const at = T0 + 5 * MINUTE;
        await touchAt(session, at, at, MINUTE);
        const before = await read(session);
        const result = await touchAt(session, at + 3 * MINUTE, at + MINUTE + offset);
        expect(result.outcome).toBe(outcome);
        if (outcome === 'unchanged') expect(result).toEqual({ outcome, session: before });
      });

      test.each([
        ['idle', -1, 'touched'],
        ['idle', 0, 'expired'],
        ['idle', 1, 'expired'],
        ['absolute', -1, 'touched'],
        ['absolute', 0, 'expired'],
        ['absolute', 1, 'expired'],
      ] as const)('%s limit %i ms: %s', async (limit, offset, outcome) => {
        const input = limit === 'idle' ? {} : { idleTimeoutMs: MINUTE, absoluteTimeoutMs: MINUTE };
        const session = await stored(input);
        if (limit === 'absolute') await touchAt(session, T0 + 30 * SECOND);
        const before = await read(session);
        const at = limit === 'idle' ? session.idleExpiresAt : session.absoluteExpiresAt;
        const result = await touchAt(session, at + offset);
        expect(result.outcome).toBe(outcome);
        if (outcome === 'expired') {
          expect(result).toEqual({ outcome, session: before });
          expect(await read(session)).toEqual(before);
        }
      });

      test('an old activity on an expired session does not make it live', async () => {
        const session = await stored();
        const result = await touchAt(session, session.idleExpiresAt, session.idleExpiresAt - 1);
        expect(result.outcome).toBe('expired');
      });

      test('a wrong secret is unknown, live or ended, and changes nothing', async () => {
        const session = await stored();
        expect(await touchAt(session, T0 + 1, T0 + 1, 0, WRONG)).toEqual({ outcome: 'unknown' });
        expect(await read(session)).toEqual(session);
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 2 });
        expect(await touchAt(session, T0 + 3, T0 + 3, 0, WRONG)).toEqual({ outcome: 'unknown' });
      });

      test('an id that nobody has is unknown, and no row appears', async () => {
        const session = newSession();
        expect(await touchAt(session, T0 + 1)).toEqual({ outcome: 'unknown' });
        expect(await read(session)).toBeUndefined();
      });

      test('after the end nothing revives the session', async () => {
        const session = await stored();
        await store.end({ sessionId: session.sessionId, reason: 'signed-out', now: T0 + 1 });
        const before = await read(session);
        expect(await touchAt(session, T0 + 2)).toEqual({ outcome: 'ended', session: before });
        expect(await read(session)).toEqual(before);
      });

      test('of touches that race, the latest activity wins whatever the order', async () => {
        const session = await stored();
        const now = T0 + 5 * MINUTE;
        const ages = [3, 1, 4, 0, 5, 9, 2, 6];
        await Promise.all(ages.map((age) => touchAt(session, now, now - age * SECOND)));
        expect(await read(session)).toMatchObject({ lastActivityAt: now, activeUntil: now });
      });

      test('of a touch and a revocation that race, the revocation stands', async () => {
        for (let round = 0; round < 5; round += 1) {
          const session = await stored();
          await Promise.all([
            touchAt(session, T0 + 2),
            store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 2 }),
            touchAt(session, T0 + 3),
          ]);
          expect(await read(session)).toMatchObject({ state: 'ended', endReason: 'revoked' });
        }
      });
    });

    describe('a guarded write, to a session that was seen', () => {
      const guardAt = (seen: Session, now: number, secretHash = RIGHT) =>
        store.touch({
          sessionId: seen.sessionId,
          secretHash,
          now,
          activityAt: now,
          activeUntil: now + MINUTE,
          seen,
        });
      const liftAt = (seen: Session, now: number) =>
        store.cancelCloseGrace({ sessionId: seen.sessionId, secretHash: RIGHT, now, seen });

      test('slides it, and answers with the row as it is then', async () => {
        const session = await stored();
        const now = T0 + 5 * MINUTE;
        const result = await guardAt(session, now);
        expect(result).toEqual({
          outcome: 'touched',
          session: {
            ...session,
            lastActivityAt: now,
            activeUntil: now + MINUTE,
            idleExpiresAt: now + MINUTE + session.idleTimeoutMs,
          },
        });
        expect(await read(session)).toEqual((result as { session: Session }).session);
      });

      test('not if it was touched since: unchanged, with the session as it is', async () => {
        const session = await stored();
        await touchAt(session, T0 + MINUTE);
        const current = await read(session);
        expect(await guardAt(session, T0 + 2 * MINUTE)).toEqual({ outcome: 'unchanged', session: current });
        expect(await read(session)).toEqual(current);
      });

      test('nor if its binding was confirmed since, which gave it a longer idle timeout', async () => {
        const session = await stored({
          browserClose: 'run',
          idleTimeoutMs: 10 * MINUTE,
          unboundIdleTimeoutMs: 5 * MINUTE,
        });
        const binding = { sessionId: session.sessionId, secretHash: RIGHT, now: T0, runHash: hashOf('run') };
        await store.bind({ ...binding, scope: MARK_SCOPE });
        await store.confirmBinding(binding);
        const current = await read(session);
        expect(current).toMatchObject({ idleTimeoutMs: 10 * MINUTE, idleExpiresAt: T0 + 10 * MINUTE });
        expect(await guardAt(session, T0 + 1)).toEqual({ outcome: 'unchanged', session: current });
        expect((await guardAt(current!, T0 + 1)).outcome).toBe('touched');
        expect(await read(session)).toMatchObject({ idleExpiresAt: T0 + 1 + 11 * MINUTE });
      });

      test.each([
        ['idle', -1, 'touched'],
        ['idle', 0, 'expired'],
        ['idle', 1, 'expired'],
        ['absolute', -1, 'touched'],
        ['absolute', 0, 'expired'],
        ['absolute', 1, 'expired'],
        ['close', -1, 'touched'],
        ['close', 0, 'expired'],
        ['close', 1, 'expired'],
      ] as const)('%s limit %i ms: %s', async (limit, offset, outcome) => {
        const fresh = await stored(limit === 'absolute' ? { absoluteTimeoutMs: 15 * MINUTE } : {});
        if (limit === 'absolute') await touchAt(fresh, T0 + MINUTE);
        if (limit === 'close') await closeAt(fresh, T0);
        const seen = (await read(fresh))!;
        const at = { idle: seen.idleExpiresAt, absolute: seen.absoluteExpiresAt, close: seen.closesAt! };
        const result = await guardAt(seen, at[limit] + offset);
        expect(result.outcome).toBe(outcome);
        if (outcome === 'expired') expect(result).toEqual({ outcome, session: seen });
        if (outcome === 'expired') expect(await read(fresh)).toEqual(seen);
      });

      test('a session that ended since stays ended, and says so', async () => {
        const session = await stored();
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 1 });
        const ended = await read(session);
        expect(await guardAt(session, T0 + 2)).toEqual({ outcome: 'ended', session: ended });
        expect(await liftAt(session, T0 + 2)).toEqual({ outcome: 'ended', session: ended });
        expect(await guardAt(session, session.absoluteExpiresAt)).toEqual({
          outcome: 'ended',
          session: ended,
        });
        expect(await read(session)).toEqual(ended);
      });

      test('a row that is gone is unknown, and none appears', async () => {
        const session = newSession();
        for (const now of [T0 + 1, session.absoluteExpiresAt]) {
          expect(await guardAt(session, now)).toEqual({ outcome: 'unknown' });
          expect(await liftAt(session, now)).toEqual({ outcome: 'unknown' });
        }
        const end = { sessionId: session.sessionId, reason: 'idle', now: T0, seen: session } as const;
        expect(await store.end(end)).toEqual({ outcome: 'unknown' });
        expect(await read(session)).toBeUndefined();
      });

      test('of ten that race with the same sight of it, exactly one writes', async () => {
        const session = await stored();
        const results = await Promise.all(
          Array.from({ length: 10 }, () => guardAt(session, T0 + 5 * MINUTE)),
        );
        const outcomes = results.map(({ outcome }) => outcome).sort();
        expect(outcomes).toEqual(['touched', ...Array(9).fill('unchanged')]);
      });

      test('cancels a close grace, one that began since as well', async () => {
        const session = await stored();
        await closeAt(session, T0);
        const closing = (await read(session))!;
        expect(await liftAt(closing, T0 + 1)).toEqual({ outcome: 'written', session });
        expect(await liftAt(closing, T0 + 2)).toEqual({ outcome: 'unchanged', session });
        await closeAt(session, T0 + 3);
        expect(await liftAt(session, T0 + 4)).toEqual({ outcome: 'written', session });
        expect(await read(session)).toEqual(session);
      });
    });

    describe('end', () => {
      test('happens once: whoever comes second is told how it ended', async () => {
        const { sessionId, ...session } = await stored();
        const first = await store.end({ sessionId, reason: 'signed-out', now: T0 + 1, secretHash: RIGHT });
        const ended = {
          ...session,
          sessionId,
          state: 'ended',
          endReason: 'signed-out',
          endedAt: T0 + 1,
          endedBy: { type: 'subject' },
        };
        expect(first).toEqual({ outcome: 'ended', session: ended });
        const second = await store.end({ sessionId, reason: 'revoked', now: T0 + 2 });
        expect(second).toEqual({ outcome: 'already-ended', session: ended });
        expect((await store.read(sessionId))?.session).toEqual(ended);
      });

      test.each([
        [undefined, { type: 'subject' }],
        [
          { type: 'admin', id: 'ops' },
          { type: 'admin', id: 'ops' },
        ],
        [{ type: 'system' }, { type: 'system' }],
      ])('records who did it: %j', async (endedBy, recorded) => {
        const session = await stored();
        const { sessionId } = session;
        const ended = await store.end({ sessionId, reason: 'revoked', now: T0 + 1, endedBy });
        expect(ended).toMatchObject({ outcome: 'ended', session: { endedBy: recorded } });
        expect(await read(session)).toMatchObject({ endedBy: recorded });
      });

      test('of ten that race, exactly one does it', async () => {
        const { sessionId } = await stored();
        const results = await Promise.all(
          Array.from({ length: 10 }, () => store.end({ sessionId, reason: 'revoked', now: T0 + 1 })),
        );
        const outcomes = results.map(({ outcome }) => outcome).sort();
        expect(outcomes).toEqual([...Array(9).fill('already-ended'), 'ended']);
      });

      test('by deadline, if the deadlines are those that were seen', async () => {
        const session = await stored();
        const now = session.idleExpiresAt;
        const request = { sessionId: session.sessionId, reason: 'idle', now } as const;
        expect(await store.end({ ...request, seen: session })).toMatchObject({
          outcome: 'ended',
          session: { endReason: 'idle', endedAt: now, endedBy: { type: 'system' } },
        });
        expect(await read(session)).toMatchObject({ endedBy: { type: 'system' } });
      });

      test.each(['idleExpiresAt', 'closesAt'] as const)('not if %s is another one by now', async (field) => {
        const session = await stored();
        const now = session.idleExpiresAt;
        const seen = { ...session, [field]: T0 + 7 };
        const { sessionId } = session;
        const result = await store.end({ sessionId, reason: 'idle', now, seen });
        expect(result).toEqual({ outcome: 'changed', session });
        expect(await read(session)).toEqual(session);
      });

      test('not if the close grace that was seen has been cancelled', async () => {
        const session = await stored();
        const closing = (await closeAt(session, T0)) as { session: Session };
        await openAt(session, T0 + 1);
        const result = await store.end({
          sessionId: session.sessionId,
          reason: 'closed',
          now: T0 + 30 * SECOND,
          seen: closing.session,
        });
        expect(result).toEqual({ outcome: 'changed', session });
      });

      test.each([-1, 0, 1])('for another reason at its deadline %i ms: only while live', async (offset) => {
        const session = await stored();
        const now = session.idleExpiresAt + offset;
        const result = await store.end({ sessionId: session.sessionId, reason: 'signed-out', now });
        expect(result.outcome).toBe(offset < 0 ? 'ended' : 'expired');
        expect((await read(session))?.state).toBe(offset < 0 ? 'ended' : 'active');
      });

      test('a wrong secret or id is unknown, and changes nothing', async () => {
        const session = await stored();
        const request = { reason: 'signed-out', now: T0 + 1 } as const;
        const { sessionId } = session;
        expect(await store.end({ ...request, sessionId, secretHash: WRONG })).toEqual({ outcome: 'unknown' });
        expect(await store.end({ ...request, sessionId: newSessionId() })).toEqual({ outcome: 'unknown' });
        expect(await read(session)).toEqual(session);
      });

      test('closed at once has its deadline now; a grace that ran keeps its own', async () => {
        const atOnce = await stored();
        const closing = await stored();
        await closeAt(closing, T0);
        for (const { sessionId } of [atOnce, closing])
          await store.end({ sessionId, reason: 'closed', now: T0 + 5 });
        expect(await read(atOnce)).toMatchObject({ closesAt: T0 + 5, endedAt: T0 + 5 });
        expect(await read(closing)).toMatchObject({ closesAt: T0 + 30 * SECOND, endedAt: T0 + 5 });
      });
    });

    describe('the close grace', () => {
      test('starts, and the session is due when it runs out', async () => {
        const session = await stored();
        const closesAt = T0 + MINUTE + 30 * SECOND;
        const result = await closeAt(session, T0 + MINUTE);
        expect(result).toEqual({ outcome: 'written', session: { ...session, closesAt } });
        expect(await read(session)).toEqual({ ...session, closesAt });
        expect(await dueOf(session)).toBe(closesAt);
      });

      test.each([-1, 0, 1])('runs out at closesAt, not before: %i ms', async (offset) => {
        const session = await stored();
        await closeAt(session, T0);
        const result = await touchAt(session, T0 + 30 * SECOND + offset);
        expect(result.outcome).toBe(offset < 0 ? 'touched' : 'expired');
      });

      test('is lifted by any page, extends nothing, and leaves the session due early', async () => {
        const session = await stored();
        await closeAt(session, T0);
        expect(await openAt(session, T0 + 10)).toEqual({ outcome: 'written', session });
        expect(await openAt(session, T0 + 11)).toEqual({ outcome: 'unchanged', session });
        expect(await read(session)).toEqual(session);
        expect(await dueOf(session)).toBe(T0 + 30 * SECOND);
      });

      test('is lifted by a touch', async () => {
        const session = await stored();
        await closeAt(session, T0);
        expect(await touchAt(session, T0 + 10)).toMatchObject({
          outcome: 'touched',
          session: { closesAt: null },
        });
      });

      test.each([-1, 0, 1])('cannot be lifted once it ran out: %i ms', async (offset) => {
        const session = await stored();
        await closeAt(session, T0);
        expect((await openAt(session, T0 + 30 * SECOND + offset)).outcome).toBe(
          offset < 0 ? 'written' : 'expired',
        );
      });

      test.each([-1, 0, 1])('does not start where the deadline comes first: %i ms', async (offset) => {
        const session = await stored();
        const now = session.idleExpiresAt - 30 * SECOND + offset;
        const result = await closeAt(session, now);
        expect(result.outcome).toBe(offset < 0 ? 'written' : 'unchanged');
        expect(await dueOf(session)).toBe(offset < 0 ? now + 30 * SECOND : session.idleExpiresAt);
      });

      test.each([-1, 0, 1])('nor where the absolute limit comes first: %i ms', async (offset) => {
        const session = await stored({ idleTimeoutMs: MINUTE, absoluteTimeoutMs: MINUTE });
        await touchAt(session, T0 + 10 * SECOND);
        const result = await closeAt(session, session.absoluteExpiresAt - 30 * SECOND + offset);
        expect(result.outcome).toBe(offset < 0 ? 'written' : 'unchanged');
      });

      test('of a session that has expired, has ended or is somebody else’s: nothing happens', async () => {
        const session = await stored();
        expect(await closeAt(session, T0, 1, WRONG)).toEqual({ outcome: 'unknown' });
        expect((await closeAt(session, session.idleExpiresAt)).outcome).toBe('expired');
        expect((await openAt(session, session.idleExpiresAt)).outcome).toBe('expired');
        await closeAt(session, T0);
        expect(await openAt(session, T0 + 1, WRONG)).toEqual({ outcome: 'unknown' });
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 2 });
        expect((await closeAt(session, T0 + 3)).outcome).toBe('ended');
        expect((await openAt(session, T0 + 3)).outcome).toBe('ended');
        expect(await closeAt(newSession(), T0)).toEqual({ outcome: 'unknown' });
        expect(await openAt(newSession(), T0)).toEqual({ outcome: 'unknown' });
      });
    });

    describe('the close grace, in the order of the device', () => {
      const ALL = { graceMs: 30 * SECOND, secretHash: RIGHT };
      const close = ({ sessionId }: Session, now: number, at?: number) =>
        store.startCloseGrace({ ...ALL, sessionId, now, at });
      const open = ({ sessionId }: Session, now: number, at?: number) =>
        store.cancelCloseGrace({ ...ALL, sessionId, now, at });
      const pulse = ({ sessionId }: Session, now: number, at?: number) =>
        store.touch({ ...ALL, sessionId, now, activityAt: now, activeUntil: now, at });
      const closesAt = async (session: Session) => (await read(session))?.closesAt;

      test.each([-1, 0, 1])(
        'a close that arrives after a newer page has no effect: %i ms',
        async (offset) => {
          const session = await stored();
          await open(session, T0, 1_000);
          const result = await close(session, T0 + 9, 1_000 + offset);
          expect(result.outcome).toBe(offset > 0 ? 'written' : 'unchanged');
          expect(await closesAt(session)).toBe(offset > 0 ? T0 + 9 + 30 * SECOND : null);
        },
      );

      test('nor has a close that arrives a second time, before or after the next page', async () => {
        const session = await stored();
        await close(session, T0, 1_000);
        expect((await close(session, T0 + 5, 1_000)).outcome).toBe('unchanged');
        expect(await closesAt(session)).toBe(T0 + 30 * SECOND);
        await open(session, T0 + 6, 1_001);
        expect((await close(session, T0 + 7, 1_000)).outcome).toBe('unchanged');
        expect(await closesAt(session)).toBeNull();
      });

      test.each([-1, 0, 1])(
        'a page that arrives late does not cancel a newer close: %i ms',
        async (offset) => {
          const session = await stored();
          await close(session, T0, 1_000);
          const result = await open(session, T0 + 1, 1_000 + offset);
          expect(result.outcome).toBe(offset < 0 ? 'unchanged' : 'written');
          expect((await closesAt(session)) === null).toBe(offset >= 0);
        },
      );

      test.each([-1, 0, 1])('a pulse slides, and cancels no newer close: %i ms', async (offset) => {
        const session = await stored();
        await close(session, T0, 1_000);
        const result = await pulse(session, T0 + 1, 1_000 + offset);
        expect(result).toMatchObject({
          outcome: 'touched',
          session: { lastActivityAt: T0 + 1, closesAt: offset < 0 ? T0 + 30 * SECOND : null },
        });
      });

      test('a device whose clock was set back shows its pages all the same', async () => {
        const session = await stored();
        await close(session, T0, 50 * MINUTE);
        expect((await open(session, T0 + 1, 40 * MINUTE)).outcome).toBe('unchanged');
        expect((await open(session, T0 + 2, 40 * MINUTE - 1)).outcome).toBe('written');
        expect(await closesAt(session)).toBeNull();
        expect((await close(session, T0 + 3, 41 * MINUTE)).outcome).toBe('written');
      });

      test('a page that gives no time is the newest sign, and a close that gives none the oldest', async () => {
        const session = await stored();
        await close(session, T0);
        expect((await open(session, T0 + 1)).outcome).toBe('written');
        await close(session, T0 + 2, 1_000);
        expect((await pulse(session, T0 + 3)).outcome).toBe('touched');
        expect(await closesAt(session)).toBeNull();
        expect((await close(session, T0 + 4)).outcome).toBe('unchanged');
      });

      test('remembers the time of a page where nothing is closing', async () => {
        const session = await stored();
        expect(await open(session, T0, 1_000)).toMatchObject({
          outcome: 'written',
          session: { presentAt: 1_000, idleExpiresAt: session.idleExpiresAt },
        });
        expect(await open(session, T0)).toMatchObject({ outcome: 'unchanged' });
      });
    });

    describe('the binding to a run', () => {
      const bindAt = (
        { sessionId }: Session,
        now: number,
        run: string,
        secretHash = RIGHT,
        scope: string = MARK_SCOPE,
      ) => store.bind({ sessionId, secretHash, now, runHash: hashOf(run), scope });
      const confirmAt = ({ sessionId }: Session, now: number, run: string, secretHash = RIGHT) =>
        store.confirmBinding({ sessionId, secretHash, now, runHash: hashOf(run) });
      const bindingOf = async (session: Session) => {
        const binding = (await store.read(session.sessionId))?.binding;
        return binding && { ...binding, runHash: Buffer.from(binding.runHash) };
      };

      test('is recorded once: another run does not overwrite it, a repeat is the same', async () => {
        const session = await stored({ browserClose: 'run' });
        expect(await bindingOf(session)).toBeUndefined();
        const first = await bindAt(session, T0 + 1, 'this');
        expect(first?.session).toEqual(session);
        for (const run of ['other', 'this']) {
          const again = await bindAt(session, T0 + 2, run);
          expect(Buffer.from(again!.binding!.runHash).equals(hashOf('this'))).toBe(true);
        }
        expect(await bindingOf(session)).toEqual({
          runHash: hashOf('this'),
          confirmed: false,
          scope: MARK_SCOPE,
        });
      });

      test('is confirmed by the very same run only, and stays confirmed', async () => {
        const session = await stored({ browserClose: 'run' });
        expect((await confirmAt(session, T0, 'this'))?.binding).toBeUndefined();
        await bindAt(session, T0 + 1, 'this');
        expect((await confirmAt(session, T0 + 2, 'other'))?.binding?.confirmed).toBe(false);
        expect((await confirmAt(session, T0 + 3, 'this'))?.binding?.confirmed).toBe(true);
        expect((await confirmAt(session, T0 + 4, 'this'))?.binding?.confirmed).toBe(true);
        expect(await bindingOf(session)).toMatchObject({ runHash: hashOf('this'), confirmed: true });
        expect(await read(session)).toEqual(session);
      });

      test('a wrong secret marks and proves nothing, and is told nothing', async () => {
        const session = await stored({ browserClose: 'run' });
        expect(await bindAt(session, T0, 'this', WRONG)).toBeUndefined();
        expect(await bindingOf(session)).toBeUndefined();
        await bindAt(session, T0, 'this');
        expect(await confirmAt(session, T0, 'this', WRONG)).toBeUndefined();
        expect(await bindingOf(session)).toMatchObject({ confirmed: false });
      });

      test('an unknown session is not created', async () => {
        const session = newSession({ browserClose: 'run' });
        expect(await bindAt(session, T0, 'this')).toBeUndefined();
        expect(await confirmAt(session, T0, 'this')).toBeUndefined();
        expect(await store.read(session.sessionId)).toBeUndefined();
      });

      test('an expired or ended session is neither bound nor confirmed', async () => {
        const expired = await stored({ browserClose: 'run' });
        const at = deadline(expired).at;
        expect((await bindAt(expired, at, 'this'))?.binding).toBeUndefined();
        const marked = await stored({ browserClose: 'run' });
        await bindAt(marked, T0, 'this');
        expect((await confirmAt(marked, at, 'this'))?.binding?.confirmed).toBe(false);
        await store.end({ sessionId: marked.sessionId, reason: 'revoked', now: T0 + 1 });
        expect((await confirmAt(marked, T0 + 2, 'this'))?.binding?.confirmed).toBe(false);
        expect((await read(marked))?.state).toBe('ended');
      });

      test('with proof comes the longer idle timeout, from the activity on, and touches go by it', async () => {
        const session = await stored({
          browserClose: 'run',
          idleTimeoutMs: 15 * MINUTE,
          unboundIdleTimeoutMs: 5 * MINUTE,
        });
        expect(session).toMatchObject({ idleTimeoutMs: 5 * MINUTE, idleExpiresAt: T0 + 5 * MINUTE });
        expect(await read(session)).toEqual(session);
        await bindAt(session, T0 + 1, 'this');
        expect(await read(session)).toEqual(session);
        await touchAt(session, T0 + MINUTE, T0 + MINUTE, 0, RIGHT, hashOf('this'));
        for (const now of [T0 + 2 * MINUTE, T0 + 3 * MINUTE]) {
          const proven = await confirmAt(session, now, 'this');
          expect(proven?.session).toMatchObject({
            idleTimeoutMs: 15 * MINUTE,
            idleExpiresAt: T0 + 16 * MINUTE,
          });
        }
        const now = T0 + 4 * MINUTE;
        const touched = await touchAt(session, now, now, 0, RIGHT, hashOf('this'));
        expect(touched).toMatchObject({ session: { idleExpiresAt: T0 + 19 * MINUTE } });
      });

      test('stays through touches, close graces and the end', async () => {
        const session = await stored({ browserClose: 'last-page' });
        await bindAt(session, T0, 'this');
        await confirmAt(session, T0, 'this');
        await touchAt(session, T0 + MINUTE, T0 + MINUTE, 0, RIGHT, hashOf('this'));
        await closeAt(session, T0 + MINUTE);
        await openAt(session, T0 + MINUTE + 1);
        await store.end({ sessionId: session.sessionId, reason: 'closed', now: T0 + 2 * MINUTE });
        expect(await bindingOf(session)).toEqual({
          runHash: hashOf('this'),
          confirmed: true,
          scope: MARK_SCOPE,
        });
        expect(await read(session)).toMatchObject({ endReason: 'closed', closesAt: T0 + 2 * MINUTE });
      });

      test.each([MARK_SCOPE, MARK_SCOPE_BEFORE, '/of/a/newer/release/'])(
        'comes back with the path under which the browser shows the mark: %s',
        async (scope) => {
          const session = await stored({ browserClose: 'run' });
          expect((await bindAt(session, T0, 'this', RIGHT, scope))?.binding?.scope).toBe(scope);
          expect((await confirmAt(session, T0, 'this'))?.binding?.scope).toBe(scope);
          expect((await store.read(session.sessionId))?.binding?.scope).toBe(scope);
        },
      );

      describe('a touch', () => {
        const SHOWN = { 'the mark': hashOf('this'), "another run's": hashOf('other'), none: undefined };
        const touchShowing = (session: Session, runHash: Uint8Array | undefined, now = T0 + MINUTE) =>
          touchAt(session, now, now, 0, RIGHT, runHash);

        test.each([
          [MARK_SCOPE, true, 'the mark', 'touched'],
          [MARK_SCOPE, true, "another run's", 'unconfirmed'],
          [MARK_SCOPE, true, 'none', 'unconfirmed'],
          ['/of/a/newer/release/', true, 'the mark', 'touched'],
          ['/of/a/newer/release/', true, 'none', 'unconfirmed'],
          [MARK_SCOPE, false, "another run's", 'touched'],
          [MARK_SCOPE, false, 'none', 'touched'],
          [MARK_SCOPE_BEFORE, true, "another run's", 'touched'],
          [MARK_SCOPE_BEFORE, true, 'none', 'touched'],
        ] as const)(
          'of a session bound under %s, confirmed: %p, shows %s: %s',
          async (scope, confirmed, shown, outcome) => {
            const session = await stored({ browserClose: 'run' });
            await bindAt(session, T0, 'this', RIGHT, scope);
            if (confirmed) await confirmAt(session, T0, 'this');
            const touched = await touchShowing(session, SHOWN[shown]);
            expect(touched.outcome).toBe(outcome);
            if (outcome === 'touched') expect(await read(session)).not.toEqual(session);
            else {
              expect(touched).not.toHaveProperty('session');
              expect(await read(session)).toEqual(session);
            }
          },
        );

        test('without the mark tells no more for an older activity, the end for an expired session, and nothing to a wrong secret', async () => {
          const session = await stored({ browserClose: 'last-page' });
          await bindAt(session, T0, 'this');
          await confirmAt(session, T0, 'this');
          const { sessionId } = session;
          const older = { sessionId, now: T0 + 1, activityAt: T0 - 1, activeUntil: T0 - 1 };
          expect(await store.touch({ ...older, secretHash: RIGHT })).toEqual({ outcome: 'unconfirmed' });
          expect(await store.touch({ ...older, secretHash: WRONG })).toEqual({ outcome: 'unknown' });
          expect((await touchShowing(session, undefined, session.idleExpiresAt)).outcome).toBe('expired');
          await store.end({ sessionId, reason: 'revoked', now: T0 + 2 });
          expect((await touchShowing(session, undefined)).outcome).toBe('ended');
        });

        test('that is late cancels no grace without the mark, nor slides', async () => {
          const session = await stored({ browserClose: 'last-page' });
          await bindAt(session, T0, 'this');
          await confirmAt(session, T0, 'this');
          const { sessionId } = session;
          await store.startCloseGrace({
            sessionId,
            secretHash: RIGHT,
            now: T0,
            graceMs: 5 * MINUTE,
            at: 2_000,
          });
          const late = {
            sessionId,
            secretHash: RIGHT,
            now: T0 + MINUTE,
            activityAt: T0 + MINUTE,
            activeUntil: T0 + MINUTE,
          };
          expect((await store.touch({ ...late, at: 1_000 })).outcome).toBe('unconfirmed');
          expect(await read(session)).toMatchObject({ closesAt: T0 + 5 * MINUTE, lastActivityAt: T0 });
        });

        test('of a session that was seen needs no mark: its reader has compared it', async () => {
          const session = await stored({ browserClose: 'run' });
          await bindAt(session, T0, 'this');
          await confirmAt(session, T0, 'this');
          const { sessionId } = session;
          const write = {
            sessionId,
            secretHash: RIGHT,
            now: T0 + 1,
            activityAt: T0 + 1,
            activeUntil: T0 + 1,
          };
          expect((await store.touch({ ...write, seen: session })).outcome).toBe('touched');
        });
      });
    });

    describe('what is due', () => {
      test.each([-1, 0, 1])('a session is due at its first deadline: %i ms', async (offset) => {
        const session = await stored();
        const until = deadline(session).at + offset;
        expect(await dueOf(session, until)).toBe(offset < 0 ? undefined : deadline(session).at);
      });

      test('a touch does not move it', async () => {
        const session = await stored();
        await touchAt(session, T0 + MINUTE);
        expect(await dueOf(session)).toBe(session.idleExpiresAt);
      });

      test('an ended session is not due', async () => {
        const session = await stored();
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 + 1 });
        expect(await dueOf(session)).toBeUndefined();
      });

      test('a page holds as many as asked, earliest first, and the next one goes on', async () => {
        const createdAt = T0 - 24 * 60 * MINUTE;
        const some = await Promise.all(
          Array.from({ length: 30 }, (_, i) => stored({ createdAt: createdAt + (i % 7) })),
        );
        const seen: string[] = [];
        for (let shard = 0; shard < CONTRACT_OPTIONS.dueShards; shard += 1) {
          let after: { sessionId: string; dueAt: number } | undefined;
          let last = 0;
          do {
            const page = await store.due({ shard, until: T0 - MINUTE, limit: 4, after });
            expect(page.entries.length).toBeLessThanOrEqual(4);
            for (const { sessionId, dueAt } of page.entries) {
              expect(dueAt).toBeGreaterThanOrEqual(last);
              last = dueAt;
              seen.push(sessionId);
            }
            after = page.next;
          } while (after);
        }
        expect(seen.sort()).toEqual(some.map(({ sessionId }) => sessionId).sort());
      });

      test('is counted by shard', async () => {
        const count = async () => {
          let sum = 0;
          for (let shard = 0; shard < CONTRACT_OPTIONS.dueShards; shard += 1)
            sum += (await store.countDue(shard)).count;
          return sum;
        };
        const before = await count();
        const [first] = await Promise.all([stored(), stored(), stored()]);
        expect(await count()).toBe(before + 3);
        await store.end({ sessionId: first.sessionId, reason: 'revoked', now: T0 });
        expect(await count()).toBe(before + 2);
      });

      test('moves on when it is still the one seen', async () => {
        const session = await stored();
        const seen = session.idleExpiresAt;
        expect(await store.rearm(session.sessionId, seen - 1, seen + 5)).toBe(false);
        expect(await store.rearm(session.sessionId, seen, seen + 5)).toBe(true);
        expect(await store.rearm(session.sessionId, seen, seen + 6)).toBe(false);
        expect(await dueOf(session)).toBe(seen + 5);
        expect(await read(session)).toEqual(session);
      });

      test('does not bring back what ended or never was', async () => {
        const session = await stored();
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 });
        expect(await store.rearm(session.sessionId, session.idleExpiresAt, FAR)).toBe(false);
        const nobody = newSession();
        expect(await store.rearm(nobody.sessionId, nobody.idleExpiresAt, FAR)).toBe(false);
        expect(await read(nobody)).toBeUndefined();
      });

      test('has narrower limits, and is due earlier than before, when it is still the one seen', async () => {
        const session = await stored();
        const { sessionId, idleExpiresAt: seenDueAt } = session;
        const limits = {
          idleTimeoutMs: session.idleTimeoutMs - 1,
          absoluteTimeoutMs: session.absoluteTimeoutMs - 1,
        };
        const write = (seen: Session) => ({ seen, seenDueAt, tightened: tighten(seen, limits)! });
        const others = [
          { ...session, idleExpiresAt: seenDueAt + 1 },
          { ...session, absoluteExpiresAt: session.absoluteExpiresAt + 1 },
          { ...session, closesAt: T0 + 1 },
        ];
        for (const other of others) expect(await store.tighten(write(other))).toBe(false);
        expect(await store.tighten({ ...write(session), seenDueAt: seenDueAt - 1 })).toBe(false);
        expect(await read(session)).toEqual(session);
        expect(await store.tighten(write(session))).toBe(true);
        expect(await read(session)).toEqual(write(session).tightened);
        expect(await dueOf(session)).toBe(seenDueAt - 1);
        // What was seen before does not count any more.
        expect(await store.tighten(write(session))).toBe(false);
        expect(await store.rearm(sessionId, seenDueAt, FAR)).toBe(false);
      });

      test('is due at once when the narrower limits have passed, and slides by them until then', async () => {
        const session = await stored();
        const { sessionId, idleExpiresAt: seenDueAt, activeUntil, touchIntervalMs } = session;
        const tightened = tighten(session, { idleTimeoutMs: 4 * MINUTE })!;
        await store.tighten({ seen: session, seenDueAt, tightened });
        expect(await dueOf(session)).toBe(activeUntil + 4 * MINUTE);
        const at = activeUntil + 4 * MINUTE - 1;
        const seen = { sessionId, secretHash: RIGHT, activityAt: at, activeUntil: at + touchIntervalMs };
        // A guard that has read the session before.
        expect((await store.touch({ ...seen, now: at, seen: session })).outcome).toBe('unchanged');
        expect(await store.touch({ ...seen, activeUntil: at, now: at })).toMatchObject({
          outcome: 'touched',
          session: { idleExpiresAt: at + 4 * MINUTE },
        });
        const late = at + 4 * MINUTE;
        expect((await store.touch({ ...seen, activityAt: late, activeUntil: late, now: late })).outcome).toBe(
          'expired',
        );
      });

      test('that is bound, or may be, has them after it is confirmed as well', async () => {
        const session = await stored({
          browserClose: 'run',
          unboundIdleTimeoutMs: 5 * MINUTE,
          warnBeforeMs: MINUTE,
        });
        const { sessionId, idleExpiresAt: seenDueAt, activeUntil } = session;
        const tightened = tighten(session, { idleTimeoutMs: 10 * MINUTE })!;
        expect(await store.tighten({ seen: session, seenDueAt, tightened })).toBe(true);
        const runHash = hashOf('run');
        const owned = { sessionId, secretHash: RIGHT, now: T0 + 1, runHash, scope: '/api/' };
        await store.bind(owned);
        const confirmed = await store.confirmBinding(owned);
        expect(confirmed?.session).toMatchObject({
          idleTimeoutMs: 10 * MINUTE,
          idleExpiresAt: activeUntil + 10 * MINUTE,
        });
      });

      test('that ended or never was has none', async () => {
        const session = await stored();
        const nobody = newSession();
        await store.end({ sessionId: session.sessionId, reason: 'revoked', now: T0 });
        for (const seen of [session, nobody]) {
          const tightened = tighten(seen, { idleTimeoutMs: MINUTE })!;
          expect(await store.tighten({ seen, seenDueAt: seen.idleExpiresAt, tightened })).toBe(false);
        }
        expect(await read(nobody)).toBeUndefined();
      });

      test('knows its number of shards', async () => {
        expect(await store.dueShards()).toBe(CONTRACT_OPTIONS.dueShards);
      });
    });

    describe('lists', () => {
      test("a user's sessions, newest first, ended ones included, nobody else's", async () => {
        const subject = `subject-${newSessionId()}`;
        const made = await Promise.all(
          [2, 0, 1].map((n) => stored({ subject, createdAt: T0 + n, device: { userAgent: `${n}` } })),
        );
        await stored({ subject: `${subject}x` });
        await store.end({ sessionId: made[2]!.sessionId, reason: 'revoked', now: T0 + 9 });
        const { sessions: list, next } = await store.listBySubject(subject);
        expect(next).toBeUndefined();
        expect(list.map(({ device }) => device.userAgent)).toEqual(['2', '1', '0']);
        expect(list[1]).toMatchObject({ state: 'ended', endReason: 'revoked' });
        expect(list[0]).toEqual(made[0]);
        expect((await store.listBySubject(`${subject}y`)).sessions).toEqual([]);
      });

      test('page by page, each once, whatever is ended meanwhile', async () => {
        const subject = `subject-${newSessionId()}`;
        const made = await Promise.all(
          Array.from({ length: 7 }, (_, n) => stored({ subject, createdAt: T0 + Math.floor(n / 2) })),
        );
        const seen: Session[] = [];
        let after: { sessionId: string; createdAt: number } | undefined;
        do {
          const page = await store.listBySubject(subject, { limit: 3, after });
          expect(page.sessions.length).toBeLessThanOrEqual(3);
          seen.push(...page.sessions);
          for (const { sessionId } of page.sessions)
            await store.end({ sessionId, reason: 'revoked', now: T0 + 9 });
          after = page.next;
        } while (after);
        expect(seen.map(({ sessionId }) => sessionId).sort()).toEqual(
          made.map(({ sessionId }) => sessionId).sort(),
        );
        const ages = seen.map(({ createdAt }) => createdAt);
        expect(ages).toEqual(ages.toSorted((a, b) => b - a));
      });

      test('many at once, more than one request holds, those that exist, each once', async () => {
        const made = await Promise.all(Array.from({ length: 130 }, () => stored()));
        const ids = made.map(({ sessionId }) => sessionId);
        const { sessions: found } = await store.readMany([...ids, newSessionId(), ids[0]!]);
        expect(found.map(({ sessionId }) => sessionId).sort()).toEqual([...ids].sort());
        expect(await store.readMany([])).toEqual({ sessions: [], unreadable: [] });
      });
    });

    describe('erasing a session', () => {
      test.each([
        ['active', true, false],
        ['active', false, true],
        ['ended', true, true],
        ['ended', false, true],
      ])('that is %s, where only an ended one may be (%p): %p', async (state, onlyEnded, isErased) => {
        const session = await stored({ subject: `subject-${newSessionId()}` });
        const { sessionId, subject } = session;
        if (state === 'ended') await store.end({ sessionId, reason: 'signed-out', now: T0 + 1 });
        const row = { sessionId, subject, onlyEnded };
        expect(await store.eraseSession(row)).toBe(isErased);
        expect((await read(session))?.state).toBe(isErased ? undefined : state);
        if (!isErased) return;
        expect((await store.listBySubject(subject)).sessions).toEqual([]);
        expect(await dueOf(session)).toBeUndefined();
        expect(await store.eraseSession(row)).toBe(true);
        expect(await store.end({ sessionId, reason: 'revoked', now: T0 + 2 })).toEqual({
          outcome: 'unknown',
        });
      });

      test('of somebody else does nothing', async () => {
        const session = await stored();
        const { sessionId } = session;
        expect(await store.eraseSession({ sessionId, subject: 'grace', onlyEnded: false })).toBe(false);
        expect(await read(session)).toEqual(session);
      });
    });

    describe('when all of a user’s sessions were ended', () => {
      const bySubject = { type: 'subject' };
      const subjectOf = () => `subject-${newSessionId()}`;

      test('is unknown at first, and then as it was recorded, of this user alone', async () => {
        const [subject, another] = [subjectOf(), subjectOf()];
        expect(await store.notBefore(subject)).toBeUndefined();
        const endedBy = { type: 'admin', id: 'arn:aws:iam::000000000000:user/ops' };
        await store.raiseNotBefore(subject, { at: T0, endedBy });
        expect(await store.notBefore(subject)).toEqual({ at: T0, endedBy });
        expect(await store.notBefore(another)).toBeUndefined();
      });

      test.each([
        [-1, false],
        [0, false],
        [1, true],
      ])('only grows: %i ms from what is on record', async (offset, isRaised) => {
        const subject = subjectOf();
        const first = { at: T0, endedBy: bySubject };
        const second = { at: T0 + offset, endedBy: { type: 'admin', id: 'ops' } };
        await store.raiseNotBefore(subject, first);
        await store.raiseNotBefore(subject, second);
        expect(await store.notBefore(subject)).toEqual(isRaised ? second : first);
      });

      test('of ten that race, the latest stays', async () => {
        const subject = subjectOf();
        const times = Array.from({ length: 10 }, (_, i) => T0 + ((i * 7) % 10));
        await Promise.all(times.map((at) => store.raiseNotBefore(subject, { at, endedBy: bySubject })));
        expect(await store.notBefore(subject)).toMatchObject({ at: T0 + 9 });
      });

      test('may be of a user with the longest name that a session can have', async () => {
        const [subject, another] = ['a', 'b'].map((end) => 'é'.repeat(1_023) + end);
        await stored({ subject: subject! });
        await store.raiseNotBefore(subject!, { at: T0, endedBy: bySubject });
        expect(await store.notBefore(subject!)).toMatchObject({ at: T0 });
        expect(await store.notBefore(another!)).toBeUndefined();
      });

      test.each([
        [-1, true],
        [0, false],
        [1, false],
      ])(
        'is forgotten, unless they were ended again: %i ms from what is on record',
        async (offset, isKept) => {
          const subject = subjectOf();
          await store.raiseNotBefore(subject, { at: T0, endedBy: bySubject });
          await store.forget(subject, T0 + offset);
          expect((await store.notBefore(subject)) !== undefined).toBe(isKept);
          await store.forget(subjectOf(), T0);
        },
      );

      test('is no session of theirs', async () => {
        const subject = subjectOf();
        const session = await stored({ subject });
        await store.raiseNotBefore(subject, { at: T0, endedBy: bySubject });
        expect((await store.listBySubject(subject)).sessions).toEqual([session]);
        expect(await store.read(subject)).toBeUndefined();
      });
    });

    describe('a finished sign-in', () => {
      const finished = (more: { state?: string; attempt?: string } = {}) => ({
        state: newSessionId(),
        attempt: newSessionId(),
        startedAt: T0,
        ...more,
      });

      test('is noted once: the first attempt with a state is the only one', async () => {
        const { state } = finished();
        expect(await store.finishSignIn(finished({ state }))).toBe(true);
        expect(await store.finishSignIn(finished({ state }))).toBe(false);
        expect(await store.finishSignIn(finished())).toBe(true);
      });

      test('that is noted again by the same attempt, whose reply was lost, is the same', async () => {
        const once = finished();
        expect(await store.finishSignIn(once)).toBe(true);
        expect(await store.finishSignIn(once)).toBe(true);
      });

      test('has a state of any length', async () => {
        const state = 's'.repeat(4_096);
        expect(await store.finishSignIn(finished({ state }))).toBe(true);
        expect(await store.finishSignIn(finished({ state }))).toBe(false);
        expect(await store.finishSignIn(finished({ state: `${state}s` }))).toBe(true);
      });

      test('of two at the same moment, one is first', async () => {
        const { state } = finished();
        const both = [store.finishSignIn(finished({ state })), store.finishSignIn(finished({ state }))];
        expect((await Promise.all(both)).sort()).toEqual([false, true]);
      });

      test('is no session of anyone', async () => {
        const { state } = finished();
        await store.finishSignIn(finished({ state }));
        expect(await store.read(state)).toBeUndefined();
      });
    });
  });
}
