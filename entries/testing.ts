import { randomBytes } from 'node:crypto';
import { definePolicy, type PolicyInput } from '../core/policy.ts';
import { createMemoryStore } from '../functions/store/memory.ts';
import { startSession } from '../functions/store/sessions.ts';
import type { SessionStore } from '../functions/store/store.ts';

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
  at: { readonly subject?: string; readonly now?: number; readonly policy?: PolicyInput } = {},
): Promise<{ sessionId: string; cookie: string }> {
  const { subject = 'test', now = Date.now(), policy = {} } = at;
  const context = { store, now };
  const started = await startSession(context, { subject, policy: definePolicy(policy), randomBytes });
  return { sessionId: started.session.sessionId, cookie: `__Host-session=${started.cookieValue}` };
}
