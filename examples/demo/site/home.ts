import type { SignInErrorCode, Snapshot } from 'curfew/client';
import { ENGLISH } from 'curfew/element';
import { create, find, setText } from './dom.ts';
import { duration, type SitePolicy } from './policy.ts';

/** What went wrong during sign-in, by the code that the service adds to the address: `/?error=<code>`. */
const ERRORS: Readonly<Record<SignInErrorCode, string>> = {
  access_denied: 'The sign-in was cancelled.',
  sign_in_expired: 'That sign-in took too long, or had been used already. Please try again.',
  sign_in_mismatch: 'That sign-in was begun in another browser. Please begin it again in this one.',
  sign_in_revoked: 'All your sessions were ended while you signed in. Please sign in again.',
  reauthentication_required:
    'The identity provider did not ask you to prove who you are. Please try again, or tell your administrator.',
  provider_unavailable: 'The identity provider isn’t responding. Please try again shortly.',
  sign_in_failed: 'The identity provider’s answer could not be verified. Please try again.',
  temporarily_unavailable: 'Sign-in is temporarily unavailable. Please try again shortly.',
};

/** The page for a visitor without a session: what happened, what will happen, and the way in. */
export function showHome(reason: Snapshot['reason'], policy: SitePolicy): void {
  const query = new URLSearchParams(location.search);
  const error = query.get('error');
  const signedOut = query.has('signed-out');
  const { idleTimeoutMs, absoluteTimeoutMs } = policy;
  const idle = idleTimeoutMs && duration(idleTimeoutMs);
  const absolute = absoluteTimeoutMs && duration(absoluteTimeoutMs);

  if (idle) {
    const more = absolute ? `, and after ${absolute} in any case` : '';
    setText('[data-text="policy"]', `You are signed out after ${idle} without activity${more}.`);
  }
  find<HTMLAnchorElement>('#sign-in').href = signInHref(query);

  if (error) showNotice('Signing in did not work', errorText(error), 'error');
  else if (signedOut) showNotice(ENGLISH.endedTitle(), ENGLISH.ended('signed-out'));
  else if (reason) {
    const timeout = (reason === 'absolute' ? absolute : idle) || undefined;
    showNotice(ENGLISH.endedTitle(), ENGLISH.ended(reason, timeout));
  }
  if (reason && !error && !signedOut) setText('#sign-in', ENGLISH.signIn);
}

/** Leads back to this page, without what the service or a sign-out has added to its address. */
function signInHref(query: URLSearchParams): string {
  for (const added of ['error', 'signed-out']) query.delete(added);
  const rest = query.size > 0 ? `?${query}` : '';
  return `/api/auth/sign-in?returnTo=${encodeURIComponent(location.pathname + rest)}`;
}

/** A later release may add codes, and anybody can write an address: an unknown code has a text too. */
function errorText(code: string): string {
  const known = Object.entries(ERRORS).find(([name]) => name === code);
  return known?.[1] ?? 'Something went wrong. Please try again.';
}

function showNotice(title: string, text: string, kind = 'info'): void {
  const box = find('#notice');
  box.dataset.kind = kind;
  box.replaceChildren(create('h2', '', title), create('p', '', text));
  box.hidden = false;
}
