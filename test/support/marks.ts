import { BINDING_USER, MARK_SCOPE } from '../../core/contract.ts';
import type { Session } from '../../core/lifecycle.ts';
import { parseCredential } from '../../functions/sessions/credential.ts';
import type { BindingStore } from '../../functions/store/binding-store.ts';
import { sha256 } from '../../functions/store/hash.ts';
import type { MarkScope } from '../../functions/store/stored-session.ts';

/** The mark of a run, as its browser shows it in `Authorization`. Runs are told apart by a letter. */
export function markOf(letter: string): string {
  return `Basic ${Buffer.from(text(letter)).toString('base64')}`;
}

/** Binds a session to a run whose browser has confirmed that it keeps the mark. @param cookie name and value */
export async function bindToRun(
  store: BindingStore,
  { cookie, session }: { readonly cookie: string; readonly session: Session },
  letter: string,
  scope: MarkScope = MARK_SCOPE,
): Promise<void> {
  const credential = parseCredential(cookie.slice(cookie.indexOf('=') + 1));
  if (!credential) throw new Error(`not a session cookie: ${cookie}`);
  const binding = { ...credential, now: session.createdAt, runHash: sha256(text(letter)) };
  await store.bind({ ...binding, scope });
  const confirmed = await store.confirmBinding(binding);
  if (!confirmed?.binding?.confirmed) throw new Error('the session could not be bound');
}

function text(letter: string): string {
  return `${BINDING_USER}:${letter.repeat(43)}`;
}
