import { createSession, type NewSession, type Session } from '../../core/lifecycle.ts';
import type { Context } from './context.ts';
import { createCredential } from './credential.ts';

/**
 * Signs a browser in: a new session, and the value of the cookie that identifies it.
 *
 * @param input.randomBytes a cryptographically secure source
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function startSession(
  { store, now }: Context,
  input: Omit<NewSession, 'sessionId' | 'now'> & { readonly randomBytes: (size: number) => Uint8Array },
): Promise<{ session: Session; cookieValue: string }> {
  const { randomBytes, ...who } = input;
  const { credential, cookieValue } = createCredential(randomBytes);
  const session = createSession({ ...who, sessionId: credential.sessionId, now });
  await store.create(session, credential.secretHash);
  return { session, cookieValue };
}
