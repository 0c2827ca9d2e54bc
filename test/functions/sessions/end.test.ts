import { describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { endIfExpired, endIfKnown, endSession } from '../../../functions/sessions/end.ts';
import { endReasonOf, newSessionId, T0 } from '../../support/sessions.ts';
import { prepareStage } from './stage.ts';

const stage = prepareStage();

describe('endSession', () => {
  test('once; a repeat tells how it ended', async () => {
    const first = await endSession(stage.at(T0 + 1), stage.credential, 'signed-out');
    expect(first).toMatchObject({ endedHere: true, session: { endReason: 'signed-out', endedAt: T0 + 1 } });
    const second = await endSession(stage.at(T0 + 2), { sessionId: stage.session.sessionId }, 'revoked');
    expect(second).toEqual({ endedHere: false, session: first.session });
  });

  test.each([-1, 0, 1])('at the deadline %i ms the deadline is the reason, from then on', async (offset) => {
    const now = stage.session.idleExpiresAt + offset;
    const { endedHere, session: ended } = await endSession(stage.at(now), stage.credential, 'signed-out');
    expect(endedHere).toBe(true);
    expect(endReasonOf(ended)).toBe(offset < 0 ? 'signed-out' : 'idle');
    expect(ended).toMatchObject({ endedBy: { type: offset < 0 ? 'subject' : 'system' } });
  });

  test.each([-1, 0, 1])(
    'by an administrator, at the deadline %i ms: by the service from then on',
    async (offset) => {
      const endedBy = { type: 'admin', id: 'ops' };
      const now = stage.session.idleExpiresAt + offset;
      const { session: ended } = await endSession(stage.at(now), stage.credential, 'revoked', endedBy);
      expect(ended).toMatchObject({ endedBy: offset < 0 ? endedBy : { type: 'system' } });
    },
  );

  test('with a wrong secret is unknown and ends nothing', async () => {
    await expect(endSession(stage.at(T0), stage.stranger, 'signed-out')).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    expect(await stage.stored()).toEqual(stage.session);
  });

  test('a live session has not expired', async () => {
    expect(await endIfExpired(stage.at(T0), stage.session)).toEqual({
      session: stage.session,
      endedHere: false,
    });
    expect(stage.writes).toEqual([]);
  });
});

describe('endIfKnown', () => {
  test('ends as endSession does', async () => {
    const ended = await endIfKnown(stage.at(T0 + 1), stage.credential, 'revoked');
    expect(ended).toMatchObject({ endedHere: true, session: { endReason: 'revoked' } });
  });

  test('a session that is gone, and a wrong secret, need no end', async () => {
    const nobody = { ...stage.credential, sessionId: newSessionId() };
    expect(await endIfKnown(stage.at(T0), nobody, 'revoked')).toBeUndefined();
    expect(await endIfKnown(stage.at(T0), stage.stranger, 'revoked')).toBeUndefined();
    expect(await stage.stored()).toEqual(stage.session);
  });

  test('a store that fails is an error all the same', async () => {
    const failing = { ...stage.store };
    failing.end = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    const request = endIfKnown({ store: failing, now: T0 }, stage.credential, 'revoked');
    await expect(request).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });
});
