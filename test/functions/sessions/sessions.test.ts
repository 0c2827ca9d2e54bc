import { beforeEach, describe, expect, test } from '@jest/globals';
import { deadline, type Session } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { checkSession } from '../../../functions/sessions/check.ts';
import { cancelCloseGrace, startCloseGrace } from '../../../functions/sessions/close-grace.ts';
import { type Credential, parseCredential } from '../../../functions/sessions/credential.ts';
import { endIfExpired, endSession } from '../../../functions/sessions/end.ts';
import { startSession } from '../../../functions/sessions/start.ts';
import { touchCoalesced, touchSession } from '../../../functions/sessions/touch.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { SessionStore } from '../../../functions/store/session-store.ts';
import { endReasonOf, hashOf, MINUTE, newSessionId, SECOND, T0 } from '../../support/sessions.ts';

const LEASE = 30 * SECOND;
let store: SessionStore;
let writes: string[];
let session: Session;
let credential: Credential;
let stranger: Credential;

/** The store, with the names of the writes that reach it. */
function watched(inner: SessionStore): SessionStore {
  const watching = ['create', 'touch', 'end', 'startCloseGrace', 'cancelCloseGrace', 'rearm'];
  return new Proxy(inner, {
    get(target, name: keyof SessionStore) {
      const method = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (watching.includes(name)) writes.push(name);
        return method.apply(target, args);
      };
    },
  });
}

const at = (now: number) => ({ store, now });
const stored = async () => (await store.read(session.sessionId))!.session;

beforeEach(async () => {
  writes = [];
  store = watched(createMemoryStore());
  const started = await startSession(at(T0), {
    subject: 'ada',
    policy: definePolicy(),
    randomBytes: (size) => new Uint8Array(size).fill(size),
  });
  session = started.session;
  credential = parseCredential(started.cookieValue)!;
  stranger = { sessionId: session.sessionId, secretHash: hashOf('another secret') };
  writes = [];
});

describe('startSession', () => {
  test('makes id and secret from its own random bytes, and stores the hash of the secret only', async () => {
    const sizes: number[] = [];
    const { session, cookieValue } = await startSession(at(T0), {
      subject: 'ada',
      user: { name: 'Ada' },
      policy: definePolicy(),
      randomBytes: (size) => {
        sizes.push(size);
        return new Uint8Array(size).fill(sizes.length + 9);
      },
    });
    expect(sizes).toEqual([16, 32]);
    const id = Buffer.alloc(16, 10).toString('base64url');
    expect(session).toMatchObject({ sessionId: id, createdAt: T0, user: { name: 'Ada' } });
    expect(cookieValue).toBe(`${id}.${Buffer.alloc(32, 11).toString('base64url')}`);
    const secret = cookieValue.split('.')[1]!;
    expect(JSON.stringify(await store.read(id))).not.toContain(secret);
  });
});

describe('checkSession', () => {
  test.each([-1, 0, 1])('at its deadline %i ms: live before, ended from then on', async (offset) => {
    const now = session.idleExpiresAt + offset;
    if (offset < 0) {
      expect(await checkSession(at(now), credential)).toEqual(session);
      expect(writes).toEqual([]);
    } else {
      const ended = { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: now };
      await expect(checkSession(at(now), credential)).rejects.toMatchObject(ended);
      expect(writes).toEqual(['end']);
      expect(await stored()).toMatchObject({ state: 'ended', endReason: 'idle', endedAt: now });
      await expect(checkSession(at(now + MINUTE), credential)).rejects.toMatchObject(ended);
      expect(writes).toEqual(['end']);
    }
  });

  test('a wrong secret and an unknown id look the same, ended or not', async () => {
    const nobody = { sessionId: newSessionId(), secretHash: credential.secretHash };
    const refusal = { code: 'ERR_SESSION_UNKNOWN', reason: undefined, detail: undefined };
    await expect(checkSession(at(T0), nobody)).rejects.toMatchObject(refusal);
    await expect(checkSession(at(T0), stranger)).rejects.toMatchObject(refusal);
    await expect(checkSession(at(session.idleExpiresAt), stranger)).rejects.toMatchObject(refusal);
    expect(writes).toEqual([]);
    await endSession(at(T0), credential, 'signed-out');
    await expect(checkSession(at(T0), stranger)).rejects.toMatchObject(refusal);
  });

  test('one that is touched between read and end lives on', async () => {
    const now = session.idleExpiresAt;
    const { end } = store;
    const racing: SessionStore = {
      ...createMemoryStore(),
      read: store.read,
      end: async (request) => {
        await touchSession({ store, now: now - 1 }, credential, 0);
        return end(request);
      },
    };
    const checked = await checkSession({ store: racing, now }, credential);
    expect(checked.idleExpiresAt).toBe(now - 1 + session.idleTimeoutMs);
  });

  test('one that changes under every write is a busy store, not a lost session', async () => {
    const now = session.idleExpiresAt;
    const busy = { ...createMemoryStore(), read: store.read };
    busy.end = async () => ({ outcome: 'changed', session });
    await expect(checkSession({ store: busy, now }, credential)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    busy.end = async () => ({ outcome: 'expired', session });
    await expect(endSession({ store: busy, now }, credential, 'signed-out')).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
  });

  test('one whose row goes meanwhile is unknown', async () => {
    const gone = { ...createMemoryStore(), read: store.read };
    await expect(checkSession({ store: gone, now: session.idleExpiresAt }, credential)).rejects.toMatchObject(
      { code: 'ERR_SESSION_UNKNOWN' },
    );
  });
});

describe('touchSession', () => {
  test('slides by the age of the activity, in one write', async () => {
    const now = T0 + 5 * MINUTE;
    const { session: touched, written } = await touchSession(at(now), credential, MINUTE);
    expect(written).toBe(true);
    expect(touched).toMatchObject({ lastActivityAt: now - MINUTE, activeUntil: now - MINUTE });
    expect(touched.idleExpiresAt).toBe(now - MINUTE + session.idleTimeoutMs);
    expect(writes).toEqual(['touch']);
  });

  test.each([['1000'], [null], [undefined], [Number.NaN], [{}], [Number.POSITIVE_INFINITY], [1e308]])(
    'an age of %p is no activity',
    async (age) => {
      const { session: same, written } = await touchSession(at(T0 + MINUTE), credential, age);
      expect(same).toEqual(session);
      expect(written).toBe(false);
    },
  );

  test('an activity older than what is known changes nothing but a close lease', async () => {
    await startCloseGrace(at(T0), credential, LEASE);
    writes = [];
    const { session: opened, written } = await touchSession(at(T0 + 10), credential, MINUTE);
    expect(opened).toEqual(session);
    expect(written).toBe(true);
    expect(writes).toEqual(['touch', 'cancelCloseGrace']);
  });

  test('past its deadline ends it and says why; after that only says why', async () => {
    const now = session.idleExpiresAt;
    const ended = { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: now };
    await expect(touchSession(at(now), credential, 0)).rejects.toMatchObject(ended);
    await expect(touchSession(at(now + 1), credential, 0)).rejects.toMatchObject(ended);
    expect(writes).toEqual(['touch', 'end', 'touch']);
  });

  test('with a wrong secret is unknown', async () => {
    await expect(touchSession(at(T0), stranger, 0)).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    expect(await stored()).toEqual(session);
  });
});

describe('touchCoalesced', () => {
  test('writes once in a touch interval of activity', async () => {
    let current = await checkSession(at(T0), credential);
    for (let now = T0; now <= T0 + 3 * MINUTE; now += 10 * SECOND) {
      current = (await touchCoalesced(at(now), credential, current, 0)).session;
    }
    expect(writes).toEqual(['touch', 'touch', 'touch', 'touch']);
    expect(current.idleExpiresAt).toBe(T0 + 4 * MINUTE + session.idleTimeoutMs);
  });

  test('writes nothing once only the absolute limit counts', async () => {
    const late = { ...session, idleExpiresAt: session.absoluteExpiresAt };
    const { written } = await touchCoalesced(at(T0 + MINUTE), credential, late, 0);
    expect(written).toBe(false);
    expect(writes).toEqual([]);
  });

  test('lifts a close lease, covered by an earlier write or not', async () => {
    await touchCoalesced(at(T0), credential, session, 0);
    const closing = await startCloseGrace(at(T0 + 1), credential, LEASE);
    const { session: opened } = await touchCoalesced(at(T0 + 2), credential, closing, 0);
    expect(opened.closesAt).toBeNull();
  });

  test('refused by what happened since the check, it says so', async () => {
    await endSession(at(T0), credential, 'revoked');
    await expect(touchCoalesced(at(T0 + 1), credential, session, 0)).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'revoked',
    });
  });
});

describe('endSession', () => {
  test('once; a repeat tells how it ended', async () => {
    const first = await endSession(at(T0 + 1), credential, 'signed-out');
    expect(first).toMatchObject({ endedHere: true, session: { endReason: 'signed-out', endedAt: T0 + 1 } });
    const second = await endSession(at(T0 + 2), { sessionId: session.sessionId }, 'revoked');
    expect(second).toEqual({ endedHere: false, session: first.session });
  });

  test.each([-1, 0, 1])('at the deadline %i ms the deadline is the reason, from then on', async (offset) => {
    const now = session.idleExpiresAt + offset;
    const { endedHere, session: ended } = await endSession(at(now), credential, 'signed-out');
    expect(endedHere).toBe(true);
    expect(endReasonOf(ended)).toBe(offset < 0 ? 'signed-out' : 'idle');
  });

  test('with a wrong secret is unknown and ends nothing', async () => {
    await expect(endSession(at(T0), stranger, 'signed-out')).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    expect(await stored()).toEqual(session);
  });

  test('a live session is not over', async () => {
    expect(await endIfExpired(at(T0), session)).toEqual({ session, endedHere: false });
    expect(writes).toEqual([]);
  });
});

describe('close and open', () => {
  test('the lease runs out and the session is closed', async () => {
    const closing = await startCloseGrace(at(T0 + 1), credential, LEASE);
    expect(closing.closesAt).toBe(T0 + 1 + LEASE);
    expect(deadline(closing)).toEqual({ at: T0 + 1 + LEASE, reason: 'closed' });
    await expect(cancelCloseGrace(at(T0 + 1 + LEASE), credential)).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'closed',
    });
  });

  test('a live page lifts it, and extends nothing', async () => {
    await startCloseGrace(at(T0 + 1), credential, LEASE);
    expect(await cancelCloseGrace(at(T0 + LEASE), credential)).toEqual(session);
    expect(await stored()).toEqual(session);
  });

  test('opening costs no write when nothing is closing', async () => {
    await cancelCloseGrace(at(T0 + 1), credential);
    expect(writes).toEqual([]);
  });

  test('closing what is over ends it, closing what is not ours does nothing', async () => {
    await expect(startCloseGrace(at(T0), stranger, LEASE)).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    await expect(cancelCloseGrace(at(T0), stranger)).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    await expect(startCloseGrace(at(session.idleExpiresAt), credential, LEASE)).rejects.toMatchObject({
      reason: 'idle',
    });
  });

  test('a row that goes between check and opening is unknown', async () => {
    const closing = await startCloseGrace(at(T0), credential, LEASE);
    const gone = createMemoryStore();
    await expect(
      touchCoalesced({ store: gone, now: T0 + 1 }, credential, { ...closing, activeUntil: T0 + MINUTE }, 0),
    ).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
  });
});
