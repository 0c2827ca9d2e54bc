import { describe, expect, test } from '@jest/globals';
import { deadline } from '../../../core/lifecycle.ts';
import { cancelCloseGrace, startCloseGrace } from '../../../functions/sessions/close-grace.ts';
import { touchCoalesced } from '../../../functions/sessions/touch.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';
import { GRACE, prepareStage } from './stage.ts';

const stage = prepareStage();

describe('the close grace', () => {
  test('runs out, and the session is closed', async () => {
    const closing = await startCloseGrace(stage.at(T0 + 1), stage.credential, GRACE);
    expect(closing.closesAt).toBe(T0 + 1 + GRACE);
    expect(deadline(closing)).toEqual({ at: T0 + 1 + GRACE, reason: 'closed' });
    await expect(cancelCloseGrace(stage.at(T0 + 1 + GRACE), stage.credential)).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'closed',
    });
  });

  test('is cancelled by a live page, which extends nothing', async () => {
    await startCloseGrace(stage.at(T0 + 1), stage.credential, GRACE);
    expect(await cancelCloseGrace(stage.at(T0 + GRACE), stage.credential)).toEqual(stage.session);
    expect(await stage.stored()).toEqual(stage.session);
  });

  test('costs no write to cancel when nothing is closing', async () => {
    await cancelCloseGrace(stage.at(T0 + 1), stage.credential);
    expect(stage.writes).toEqual([]);
  });

  test('of an expired session ends it, and of somebody else’s does nothing', async () => {
    await expect(startCloseGrace(stage.at(T0), stage.stranger, GRACE)).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    await expect(cancelCloseGrace(stage.at(T0), stage.stranger)).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    await expect(
      startCloseGrace(stage.at(stage.session.idleExpiresAt), stage.credential, GRACE),
    ).rejects.toMatchObject({
      reason: 'idle',
    });
  });

  test('of a row that goes between check and cancelling is unknown', async () => {
    const closing = await startCloseGrace(stage.at(T0), stage.credential, GRACE);
    const gone = createMemoryStore();
    await expect(
      touchCoalesced(
        { store: gone, now: T0 + 1 },
        stage.credential,
        { ...closing, activeUntil: T0 + MINUTE },
        0,
      ),
    ).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
  });
});
