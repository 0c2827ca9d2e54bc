import { definePolicy } from '../../../core/policy.ts';
import type { DevSession, DevState } from '../../../dev/protocol.ts';

/** Noon, epoch ms. */
export const T = Date.UTC(2026, 0, 1, 12);
export const MINUTE = 60_000;

/** A session that began at {@link T}, under the usual policy. */
export const DEV_SESSION: DevSession = {
  sessionId: 'AAAAAAAAAAAAAAAAAAAAAA',
  subject: 'ada',
  name: 'Ada Lovelace',
  current: true,
  state: 'live',
  createdAt: T,
  lastActivityAt: T,
  idleExpiresAt: T + 15 * MINUTE,
  absoluteExpiresAt: T + 720 * MINUTE,
  expiresAt: T + 15 * MINUTE,
  closesAt: null,
  idleTimeoutMs: 15 * MINUTE,
  absoluteTimeoutMs: 720 * MINUTE,
  warnBeforeMs: 2 * MINUTE,
  absoluteWarnBeforeMs: 10 * MINUTE,
};

export const DEV_STATE: DevState = {
  now: T,
  basePath: '/api',
  policy: definePolicy(),
  sessions: [DEV_SESSION],
  faults: { server: 'up', provider: 'up' },
  users: [],
};
