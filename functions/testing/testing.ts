/**
 * Signed-in users for the tests of an application, without a table or an identity provider, and the clock that they go by.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';
import { COOKIES, type EndReason } from '../../core/contract.ts';
import type { User } from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { endSession as end } from '../sessions/end.ts';
import { startSession } from '../sessions/start.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { SessionStore } from '../store/session-store.ts';

export type { SessionStore };
export { createMemoryStore };

/** A clock that a test moves. */
export interface TestClock {
  /** Reads it, epoch ms: the option `now` of guards and of `createCurfew`. */
  readonly now: () => number;
  /** Moves it. @param ms 0 or more @returns the new time, epoch ms */
  advance(ms: number): number;
}

/**
 * A clock that stands still until the test moves it.
 *
 * @param startAt epoch ms @default Date.now()
 */
export function createClock(startAt = Date.now()): TestClock {
  let time = startAt;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
      return time;
    },
  };
}

/** A time, or what reads it: `clock.now`. Epoch ms. */
type Time = number | (() => number);

const read = (time: Time): number => (typeof time === 'number' ? time : time());

/**
 * Signs a test's user in, without an identity provider.
 *
 * @param at.subject who owns the session @default 'test'
 * @param at.user what the provider would tell of them @default no name and no address
 * @param at.now epoch ms, or what reads it @default Date.now
 * @param at.policy @default 15 minutes of inactivity, 12 hours in all
 * @returns the id, and the `cookie` header of a browser that holds the session
 * @throws SessionError `ERR_POLICY_INVALID` for a policy that breaks a rule
 */
export async function signIn(
  store: SessionStore,
  at: {
    readonly subject?: string | undefined;
    readonly user?: User | undefined;
    readonly now?: Time | undefined;
    readonly policy?: PolicyInput | undefined;
  } = {},
): Promise<{ sessionId: string; cookie: string }> {
  const { subject = 'test', user = {}, now = Date.now, policy = {} } = at;
  const context = { store, now: read(now) };
  const started = await startSession(context, { subject, user, policy: definePolicy(policy), randomBytes });
  return { sessionId: started.session.sessionId, cookie: `${COOKIES.session}=${started.cookieValue}` };
}

/**
 * Ends a session of a test. Where a deadline has ended it before, it keeps that reason.
 *
 * @param how.reason @default 'idle'
 * @param how.now when it ends: epoch ms, or what reads it @default Date.now
 * @throws SessionError `ERR_SESSION_UNKNOWN`
 */
export async function endSession(
  store: SessionStore,
  sessionId: string,
  how: { readonly reason?: EndReason | undefined; readonly now?: Time | undefined } = {},
): Promise<void> {
  const { reason = 'idle', now = Date.now } = how;
  await end({ store, now: read(now) }, { sessionId }, reason);
}
