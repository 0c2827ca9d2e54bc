import type { Snapshot } from '../client/index.ts';
import { ENGLISH } from '../element/index.ts';
import { make, one, say } from './page.ts';
import { duration, type SitePolicy } from './policy.ts';

/** What went wrong on the way back from the identity provider, by the code in `/?error=`. */
const ERRORS: Record<string, string> = {
  access_denied: 'The sign-in was cancelled.',
  ERR_REQUEST_INVALID:
    'That sign-in was no longer valid: it was too old, or had been used already. Please try again.',
  ERR_STORE_UNAVAILABLE: 'Sign-in is out of order for a moment. Please try again shortly.',
};

/** The page for who is not signed in: what happened, what will happen, and the way in. */
export function showHome(reason: Snapshot['reason'], policy: SitePolicy): void {
  const query = new URLSearchParams(location.search);
  const error = query.get('error');
  const signedOut = query.has('signed-out');
  const idle = policy.idleTimeoutMs ? duration(policy.idleTimeoutMs) : '';
  const absolute = policy.absoluteTimeoutMs ? duration(policy.absoluteTimeoutMs) : '';

  if (idle) {
    const more = absolute && ` and after ${absolute} in any case`;
    say('[data-text="policy"]', `You are signed out after ${idle} without activity${more}.`);
  }
  for (const left of ['error', 'signed-out']) query.delete(left);
  const rest = query.size > 0 ? `?${query}` : '';
  one<HTMLAnchorElement>('#sign-in').href =
    `/api/auth/sign-in?returnTo=${encodeURIComponent(location.pathname + rest)}`;

  if (error)
    notice('Signing in did not work', ERRORS[error] ?? 'Something went wrong. Please try again.', 'error');
  else if (signedOut) notice(ENGLISH.endedTitle, ENGLISH.ended('signed-out', idle, absolute));
  else if (reason) notice(ENGLISH.endedTitle, ENGLISH.ended(reason, idle, absolute));
  if (reason && !error && !signedOut) say('#sign-in', ENGLISH.signIn);
}

function notice(title: string, text: string, kind = 'info'): void {
  const box = one('#notice');
  box.dataset.kind = kind;
  box.replaceChildren(make('h2', '', title), make('p', '', text));
  box.hidden = false;
}
