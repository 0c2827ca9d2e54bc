import { describe, expect, test } from '@jest/globals';
import { checkSession } from '../../../functions/sessions/check.ts';
import { startCloseGrace } from '../../../functions/sessions/close-grace.ts';
import { endSession } from '../../../functions/sessions/end.ts';
import { touchCoalesced, touchSession } from '../../../functions/sessions/touch.ts';
import type { Store } from '../../../functions/store/store.ts';
import { MINUTE, SECOND, T0 } from '../../support/sessions.ts';
import { GRACE, prepareStage } from './stage.ts';

const stage = prepareStage();

describe('touchSession', () => {
  test('slides by the age of the activity, in one write', async () => {
    const now = T0 + 5 * MINUTE;
    const { session: touched, written } = await touchSession(stage.at(now), stage.credential, MINUTE);
    expect(written).toBe(true);
    expect(touched).toMatchObject({ lastActivityAt: now - MINUTE, activeUntil: now - MINUTE });
    expect(touched.idleExpiresAt).toBe(now - MINUTE + stage.session.idleTimeoutMs);
    expect(stage.writes).toEqual(['touch']);
  });

  test.each([['1000'], [null], [undefined], [Number.NaN], [{}], [Number.POSITIVE_INFINITY], [1e308]])(
    'an age of %p is no activity',
    async (age) => {
      const { session: same, written } = await touchSession(stage.at(T0 + MINUTE), stage.credential, age);
      expect(same).toEqual(stage.session);
      expect(written).toBe(false);
    },
  );

  test('an activity older than what is known changes nothing but a close grace, which it cancels', async () => {
    await startCloseGrace(stage.at(T0), stage.credential, { graceMs: GRACE });
    stage.writes = [];
    const { session: opened, written } = await touchSession(stage.at(T0 + 10), stage.credential, MINUTE);
    expect(opened).toEqual(stage.session);
    expect(written).toBe(true);
    expect(stage.writes).toEqual(['touch', 'cancelCloseGrace']);
  });

  test('past its deadline ends it and says why; after that only says why', async () => {
    const now = stage.session.idleExpiresAt;
    const ended = { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: now };
    await expect(touchSession(stage.at(now), stage.credential, 0)).rejects.toMatchObject(ended);
    await expect(touchSession(stage.at(now + 1), stage.credential, 0)).rejects.toMatchObject(ended);
    expect(stage.writes).toEqual(['touch', 'end', 'touch']);
  });

  test('with a wrong secret is unknown', async () => {
    await expect(touchSession(stage.at(T0), stage.stranger, 0)).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    expect(await stage.stored()).toEqual(stage.session);
  });
});

describe('touchCoalesced', () => {
  test('writes once in a touch interval of activity', async () => {
    let current = await checkSession(stage.at(T0), stage.credential);
    for (let now = T0; now <= T0 + 3 * MINUTE; now += 10 * SECOND) {
      current = (await touchCoalesced(stage.at(now), stage.credential, current, 0)).session;
    }
    expect(stage.writes).toEqual(['touch', 'touch', 'touch', 'touch']);
    expect(current.idleExpiresAt).toBe(T0 + 4 * MINUTE + stage.session.idleTimeoutMs);
  });

  test('writes nothing once only the absolute limit counts', async () => {
    const late = { ...stage.session, idleExpiresAt: stage.session.absoluteExpiresAt };
    const { written } = await touchCoalesced(stage.at(T0 + MINUTE), stage.credential, late, 0);
    expect(written).toBe(false);
    expect(stage.writes).toEqual([]);
  });

  test('cancels a close grace that an earlier write does not cover', async () => {
    await touchCoalesced(stage.at(T0), stage.credential, stage.session, 0);
    const closing = await startCloseGrace(stage.at(T0 + 1), stage.credential, { graceMs: GRACE });
    const { session: opened } = await touchCoalesced(stage.at(T0 + 2), stage.credential, closing, 0);
    expect(opened.closesAt).toBeNull();
  });

  test('rejected by what happened since the check, it says so', async () => {
    await endSession(stage.at(T0), stage.credential, 'revoked');
    await expect(touchCoalesced(stage.at(T0 + 1), stage.credential, stage.session, 0)).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'revoked',
    });
  });
});

describe('a touch that a slower request overtakes', () => {
  /** Another request slides the session, by an older activity, between the rejection and the end that it leads to. */
  function overtaken(now: number, rounds: number): Store {
    let left = rounds;
    return {
      ...stage.store,
      touch: async (write) => {
        if (left === 0) return stage.store.touch(write);
        return { outcome: 'expired', session: stage.session };
      },
      end: async () => {
        left -= 1;
        const { sessionId, secretHash } = stage.credential;
        const activityAt = now - 5 * MINUTE + rounds - left;
        await stage.store.touch({ sessionId, secretHash, now: now - 1, activityAt, activeUntil: activityAt });
        return { outcome: 'changed', session: await stage.stored() };
      },
    };
  }

  test.each([1, 2])('is made again, and is in the store when it is answered: %i times', async (rounds) => {
    const now = stage.session.idleExpiresAt;
    const { session, written } = await touchSession(
      { store: overtaken(now, rounds), now },
      stage.credential,
      0,
    );
    expect(written).toBe(true);
    expect(session.activeUntil).toBe(now);
    expect((await stage.stored()).idleExpiresAt).toBe(now + session.idleTimeoutMs);
  });

  test('three times: the store is busy, and nothing is promised', async () => {
    const now = stage.session.idleExpiresAt;
    const request = touchSession({ store: overtaken(now, 99), now }, stage.credential, 0);
    await expect(request).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });
});
