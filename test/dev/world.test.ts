import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DevEvent } from '../../dev/protocol.ts';
import { createWorld, type World } from '../../dev/world.ts';
import { MINUTE, T0 } from '../support/sessions.ts';

const ORIGIN = 'http://localhost:4000';

describe('a sign-in at a real provider, whose clock the server’s is ahead of', () => {
  let folder: string;
  let world: World;
  let events: DevEvent[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'curfew-world-'));
    const file = path.join(folder, 'sessions.json');
    world = createWorld(
      { file },
      { now: () => T0, randomBytes, say: () => undefined, environment: () => undefined },
    );
    events = [];
    world.listen({ state() {}, request() {}, event: (event) => void events.push(event) });
    world.advance(MINUTE);
  });
  afterEach(async () => {
    world.flush();
    await rm(folder, { recursive: true });
  });

  /** @returns the cookie of the session */
  async function signIn(cookie = ''): Promise<string> {
    const headers = { origin: ORIGIN, cookie };
    const request = new Request(`${ORIGIN}/api/auth/callback`, { method: 'POST', headers });
    const signedIn = await world.providerCurfewFor(ORIGIN).signIn(request, { subject: 'ada' });
    return signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';', 1).join())
      .join('; ');
  }
  const times = () =>
    events.map(({ type, detail }) => ({
      type,
      at: 'endedAt' in detail ? detail.endedAt : detail.createdAt,
      ...('reason' in detail && { reason: detail.reason }),
    }));

  test('begins and ends sessions by the server’s clock', async () => {
    const cookie = await signIn();
    world.advance(MINUTE);
    await signIn(cookie);
    expect(times()).toEqual([
      { type: 'Session Started', at: T0 + MINUTE },
      { type: 'Session Started', at: T0 + 2 * MINUTE },
      { type: 'Session Ended', at: T0 + 2 * MINUTE, reason: 'superseded' },
    ]);
    expect(world.state(undefined).sessions.map(({ createdAt }) => createdAt)).toEqual([
      T0 + 2 * MINUTE,
      T0 + MINUTE,
    ]);
  });

  test('takes the place of a session that has expired by it', async () => {
    const cookie = await signIn();
    world.advance(15 * MINUTE);
    await signIn(cookie);
    expect(times()).toContainEqual({ type: 'Session Ended', at: T0 + 16 * MINUTE, reason: 'idle' });
    expect(world.state(undefined).sessions.map(({ state }) => state)).toEqual(['live', 'ended']);
  });

  test('is prepared once for each origin, so that the provider is asked who it is once', () => {
    const first = world.providerCurfewFor(ORIGIN);
    world.advance(MINUTE);
    expect(world.providerCurfewFor(ORIGIN)).toBe(first);
    expect(world.curfewFor(ORIGIN)).not.toBe(first);
  });
});
