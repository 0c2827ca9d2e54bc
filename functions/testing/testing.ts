/**
 * Signed-in users for the tests of an application, without a table or an identity provider.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';
import { COOKIES } from '../../core/contract.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { startSession } from '../sessions/start.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { SessionStore } from '../store/session-store.ts';

export type { SessionStore };
export { createMemoryStore };

/**
 * Signs a test's user in, without an identity provider.
 *
 * @param at.now epoch ms @default Date.now()
 * @returns the id, and the `cookie` header of a browser that holds the session
 */
export async function signIn(
  store: SessionStore,
  at: {
    readonly subject?: string | undefined;
    readonly now?: number | undefined;
    readonly policy?: PolicyInput | undefined;
  } = {},
): Promise<{ sessionId: string; cookie: string }> {
  const { subject = 'test', now = Date.now(), policy = {} } = at;
  const context = { store, now };
  const started = await startSession(context, { subject, policy: definePolicy(policy), randomBytes });
  return { sessionId: started.session.sessionId, cookie: `${COOKIES.session}=${started.cookieValue}` };
}
