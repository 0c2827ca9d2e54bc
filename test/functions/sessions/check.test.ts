import { describe, expect, test } from '@jest/globals';
import { checkSession } from '../../../functions/sessions/check.ts';
import { endSession } from '../../../functions/sessions/end.ts';
import { touchSession } from '../../../functions/sessions/touch.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { MINUTE, newSessionId, T0 } from '../../support/sessions.ts';
import { prepareStage } from './stage.ts';

const stage = prepareStage();

describe('checkSession', () => {
  test.each([-1, 0, 1])('at its deadline %i ms: live before, ended from then on', async (offset) => {
    const now = stage.session.idleExpiresAt + offset;
    if (offset < 0) {
      expect(await checkSession(stage.at(now), stage.credential)).toEqual(stage.session);
      expect(stage.writes).toEqual([]);
    } else {
      const ended = { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: now };
      await expect(checkSession(stage.at(now), stage.credential)).rejects.toMatchObject(ended);
      expect(stage.writes).toEqual(['end']);
      expect(await stage.stored()).toMatchObject({ state: 'ended', endReason: 'idle', endedAt: now });
      await expect(checkSession(stage.at(now + MINUTE), stage.credential)).rejects.toMatchObject(ended);
      expect(stage.writes).toEqual(['end']);
    }
  });

  test('a wrong secret and an unknown id look the same, ended or not', async () => {
    const nobody = { sessionId: newSessionId(), secretHash: stage.credential.secretHash };
    const refusal = { code: 'ERR_SESSION_UNKNOWN', reason: undefined, detail: undefined };
    await expect(checkSession(stage.at(T0), nobody)).rejects.toMatchObject(refusal);
    await expect(checkSession(stage.at(T0), stage.stranger)).rejects.toMatchObject(refusal);
    await expect(checkSession(stage.at(stage.session.idleExpiresAt), stage.stranger)).rejects.toMatchObject(
      refusal,
    );
    expect(stage.writes).toEqual([]);
    await endSession(stage.at(T0), stage.credential, 'signed-out');
    await expect(checkSession(stage.at(T0), stage.stranger)).rejects.toMatchObject(refusal);
  });

  test('a session that is touched between read and end lives on', async () => {
    const now = stage.session.idleExpiresAt;
    const { end } = stage.store;
    const racing: Store = {
      ...createMemoryStore(),
      read: stage.store.read,
      end: async (request) => {
        await touchSession(stage.at(now - 1), stage.credential, 0);
        return end(request);
      },
    };
    const checked = await checkSession({ store: racing, now }, stage.credential);
    expect(checked.idleExpiresAt).toBe(now - 1 + stage.session.idleTimeoutMs);
  });

  test('a session that changes under every write is a busy store, not a lost session', async () => {
    const now = stage.session.idleExpiresAt;
    const busy = { ...createMemoryStore(), read: stage.store.read };
    busy.end = async () => ({ outcome: 'changed', session: stage.session });
    await expect(checkSession({ store: busy, now }, stage.credential)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    busy.end = async () => ({ outcome: 'expired', session: stage.session });
    await expect(endSession({ store: busy, now }, stage.credential, 'signed-out')).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
  });

  test('a session whose row goes meanwhile is unknown', async () => {
    const gone = { ...createMemoryStore(), read: stage.store.read };
    await expect(
      checkSession({ store: gone, now: stage.session.idleExpiresAt }, stage.credential),
    ).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
  });
});
