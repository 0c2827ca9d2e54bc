import { describe, expect, test } from '@jest/globals';
import { deadline } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { cancelCloseGrace, startCloseGrace } from '../../../functions/sessions/close-grace.ts';
import { type Credential, parseCredential } from '../../../functions/sessions/credential.ts';
import { startSession } from '../../../functions/sessions/start.ts';
import { touchCoalesced, touchSession } from '../../../functions/sessions/touch.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';
import { GRACE, prepareStage } from './stage.ts';

const stage = prepareStage();

describe('the close grace', () => {
  test('runs out, and the session is closed', async () => {
    const closing = await startCloseGrace(stage.at(T0 + 1), stage.credential, { graceMs: GRACE });
    expect(closing.closesAt).toBe(T0 + 1 + GRACE);
    expect(deadline(closing)).toEqual({ at: T0 + 1 + GRACE, reason: 'closed' });
    await expect(cancelCloseGrace(stage.at(T0 + 1 + GRACE), stage.credential)).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'closed',
    });
  });

  test('is cancelled by a live page, which extends nothing', async () => {
    await startCloseGrace(stage.at(T0 + 1), stage.credential, { graceMs: GRACE });
    expect(await cancelCloseGrace(stage.at(T0 + GRACE), stage.credential)).toEqual(stage.session);
    expect(await stage.stored()).toEqual(stage.session);
  });

  test('costs no write to cancel when nothing is closing', async () => {
    await cancelCloseGrace(stage.at(T0 + 1), stage.credential);
    expect(stage.writes).toEqual([]);
  });

  test('of an expired session ends it, and of somebody else’s does nothing', async () => {
    await expect(startCloseGrace(stage.at(T0), stage.stranger, { graceMs: GRACE })).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    await expect(cancelCloseGrace(stage.at(T0), stage.stranger)).rejects.toMatchObject({
      code: 'ERR_SESSION_UNKNOWN',
    });
    await expect(
      startCloseGrace(stage.at(stage.session.idleExpiresAt), stage.credential, { graceMs: GRACE }),
    ).rejects.toMatchObject({
      reason: 'idle',
    });
  });

  test('a close that arrives after a newer page, or twice, has no effect', async () => {
    await startCloseGrace(stage.at(T0 + 1), stage.credential, { graceMs: GRACE, at: 100 });
    await cancelCloseGrace(stage.at(T0 + 2), stage.credential, 101);
    const late = await startCloseGrace(stage.at(T0 + 3), stage.credential, { graceMs: GRACE, at: 100 });
    expect(late.closesAt).toBeNull();
  });

  test('a page of a policy without close grace costs no write, whatever time it gives', async () => {
    await cancelCloseGrace(stage.at(T0 + 1), stage.credential, 100);
    expect(stage.writes).toEqual([]);
  });

  /** A session whose policy has a close grace. */
  async function startLastPage(): Promise<Credential> {
    const started = await startSession(stage.at(T0), {
      subject: 'ada',
      policy: definePolicy({ browserClose: 'last-page' }),
      randomBytes: (size) => new Uint8Array(size).fill(size + 1),
    });
    stage.writes = [];
    return parseCredential(started.cookieValue)!;
  }

  test('a page of a policy with one is remembered, once', async () => {
    const credential = await startLastPage();
    const shown = await cancelCloseGrace(stage.at(T0 + 1), credential, 100);
    expect(shown.presentAt).toBe(100);
    expect(stage.writes).toEqual(['cancelCloseGrace']);
    const late = await startCloseGrace(stage.at(T0 + 2), credential, { graceMs: GRACE, at: 99 });
    expect(late.closesAt).toBeNull();
  });

  test('a page whose touch is no news is remembered too: an older close that arrives later has no effect', async () => {
    const credential = await startLastPage();
    await touchSession(stage.at(T0 + 20), credential, 0);
    const { session, written } = await touchSession(stage.at(T0 + 21), credential, 10, 100);
    expect([session.presentAt, written]).toEqual([100, true]);
    const late = await startCloseGrace(stage.at(T0 + 22), credential, { graceMs: GRACE, at: 99 });
    expect(late.closesAt).toBeNull();
    const newer = await startCloseGrace(stage.at(T0 + 23), credential, { graceMs: GRACE, at: 101 });
    expect(newer.closesAt).toBe(T0 + 23 + GRACE);
  });

  test('a touch that is no news costs no write where there is nothing to remember', async () => {
    const lastPage = await startLastPage();
    await touchSession(stage.at(T0 + 20), lastPage, 0);
    await touchSession(stage.at(T0 + 20), stage.credential, 0);
    stage.writes = [];
    await touchSession(stage.at(T0 + 21), lastPage, 10);
    await touchSession(stage.at(T0 + 21), stage.credential, 10, 100);
    expect(stage.writes).toEqual(['touch', 'touch']);
  });

  test('of a row that goes between check and cancelling is unknown', async () => {
    const closing = await startCloseGrace(stage.at(T0), stage.credential, { graceMs: GRACE });
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
