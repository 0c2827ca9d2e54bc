import type { SignInErrorCode } from '../../core/sign-in.ts';
import type { Snapshot } from '../client/index.ts';
import { ENGLISH } from '../element/index.ts';
import { make, one, say } from './page.ts';
import { duration, type SitePolicy } from './policy.ts';

/** What went wrong on the way back from the identity provider, by the code in `/?error=`. */
const ERRORS: Record<SignInErrorCode, string> = {
  access_denied: 'The sign-in was cancelled.',
  sign_in_expired: 'That sign-in took too long, or had been used already. Please try again.',
  sign_in_mismatch: 'That sign-in was begun in another browser. Please begin it again in this one.',
  reauthentication_required:
    'The identity provider did not ask you to prove who you are. Please try again, or tell your administrator.',
  provider_unavailable: 'The identity provider does not answer. Please try again shortly.',
  sign_in_failed: 'The identity provider’s answer could not be verified. Please try again.',
  temporarily_unavailable: 'Sign-in is out of order for a moment. Please try again shortly.',
};

/** The page for who is not signed in: what happened, what will happen, and the way in. */
export function showHome(reason: Snapshot['reason'], policy: SitePolicy): void {
  const query = new URLSearchParams(location.search);
  const error = query.get('error');
  const signedOut = query.has('signed-out');
  const { idleTimeoutMs, absoluteTimeoutMs } = policy;
  const idle = idleTimeoutMs ? duration(idleTimeoutMs) : ENGLISH.someTime;
  const absolute = absoluteTimeoutMs ? duration(absoluteTimeoutMs) : ENGLISH.someTime;

  if (idleTimeoutMs) {
    const more = absoluteTimeoutMs ? `, and after ${absolute} in any case` : '';
    say('[data-text="policy"]', `You are signed out after ${idle} without activity${more}.`);
  }
  for (const left of ['error', 'signed-out']) query.delete(left);
  const rest = query.size > 0 ? `?${query}` : '';
  one<HTMLAnchorElement>('#sign-in').href =
    `/api/auth/sign-in?returnTo=${encodeURIComponent(location.pathname + rest)}`;

  if (error)
    notice(
      'Signing in did not work',
      ERRORS[error as SignInErrorCode] ?? 'Something went wrong. Please try again.',
      'error',
    );
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
