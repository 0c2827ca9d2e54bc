import { escapeHtml } from '../../core/html.ts';
import { ownPage } from '../../dev/machine/page.ts';

/** The pages of the local identity provider. They take no script: a password is typed here. */

function page(title: string, body: string): string {
  return ownPage('Local identity provider', title, body);
}

/** The login form. @param problem what was wrong with the last try */
export function loginPage(action: string, login: string, problem?: string): string {
  const alert = problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(problem)}</p>`;
  return page(
    'Sign in',
    `<h1>Sign in</h1>${alert}
<form method="post" action="${escapeHtml(action)}" autocomplete="off">
<label for="login">User name</label><input id="login" name="login" required autofocus autocapitalize="none" spellcheck="false" autocomplete="username" value="${escapeHtml(login)}">
<label for="password">Password</label><input id="password" name="password" type="password" required autocomplete="current-password">
<button type="submit">Sign in</button>
</form>
<p class="note">For trying things out on this machine: user <b>demo</b>, password <b>demo</b>. Also <b>alice</b> / alice and <b>bob</b> / bob.</p>`,
  );
}

/** Asks whether to end the provider's own session. @param form hidden form `op.logoutForm` with its token */
export function logoutPage(form: string): string {
  return page(
    'Sign out',
    `<h1>Sign out here as well?</h1>${form}
<button type="submit" form="op.logoutForm" value="yes" name="logout" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="plain">Stay signed in here</button>
<p class="note">You are already signed out of the application. This ends your session at the identity provider.</p>`,
  );
}

export function signedOutPage(): string {
  return page('Signed out', '<h1>You are signed out</h1>');
}

/** @param details names and texts of what is wrong */
export function errorPage(details: object): string {
  const lines = Object.entries(details).map(
    ([name, text]) => `<p><b>${escapeHtml(name)}</b>: ${escapeHtml(String(text))}</p>`,
  );
  return page('Sign-in failed', `<h1>Sign-in failed</h1>${lines.join('')}`);
}
