import { BASE_PATH, TAB_CHANNEL } from '../../core/contract.ts';
import { IN_WINDOW, type SignInErrorCode, type SignInWord } from '../../core/sign-in.ts';
import { htmlPage, scriptLiteral } from '../http/html-page.ts';
import type { Reply } from '../http/reply.ts';

const STYLE = `:root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif}
body{max-width:26rem;margin:auto;padding:12vh 1.5rem 2rem}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 1rem}
a{color:LinkText}`;

/**
 * The end of a sign-in in a window of its own: tells the tabs of the site, over the channel that they talk on, and closes the
 * window. What a tab is told is a hint, and what it has left in the storage is one as well, for a tab that was asking or asleep
 * when the message came: each of them asks the server. Neither `opener` nor `closed` of the window has a part in it, since a
 * page with a `Cross-Origin-Opener-Policy` loses sight of the window as soon as it shows another site.
 */
export function signedInPage(word: SignInWord, cookies: readonly string[]): Reply {
  const script = `const word=${scriptLiteral(word)},channel=${scriptLiteral(TAB_CHANNEL)};
try{localStorage.setItem(channel,JSON.stringify(word))}catch{}
new BroadcastChannel(channel).postMessage(word);
close()`;
  return htmlPage(
    {
      title: 'You’re signed in',
      style: STYLE,
      script,
      body: `<main><h1>You’re signed in</h1>
<p>You can close this window and continue where you left off. Or <a href="/">continue in this window</a>.</p></main>`,
    },
    { cookies },
  );
}

/** What the tabs are told of a session that has just begun. @param now epoch ms */
export function wordOf(sessionId: string, now: number): SignInWord {
  return { sessionId, activityAt: 0, pulsedAt: 0, status: { serverTime: now } };
}

/** The same for a sign-in that came to nothing. It stays open to be read, and the tabs are told nothing. */
export function notSignedInPage(
  code: SignInErrorCode,
  extra: Parameters<typeof htmlPage>[1],
  basePath: string = BASE_PATH,
): Reply {
  return htmlPage(
    {
      title: 'You aren’t signed in',
      style: STYLE,
      body: `<main><h1>You aren’t signed in</h1>
<p>${WHY[code]}</p>
<p><a href="${basePath}/auth/sign-in?display=${IN_WINDOW}">Try again</a>, or close this window: your page is as you left it.</p></main>`,
    },
    extra,
  );
}

/** HTML. */
const WHY: Readonly<Record<SignInErrorCode, string>> = {
  access_denied: 'The sign-in was cancelled.',
  sign_in_expired: 'The sign-in took too long, or was already completed.',
  sign_in_mismatch: 'The sign-in was started in another browser.',
  sign_in_revoked: 'All your sessions were ended while you signed in.',
  reauthentication_required: 'The identity provider did not ask you to prove who you are.',
  provider_unavailable: 'The identity provider isn’t responding.',
  sign_in_failed: 'The identity provider’s answer could not be verified.',
  temporarily_unavailable: 'Sign-in is temporarily unavailable.',
};
