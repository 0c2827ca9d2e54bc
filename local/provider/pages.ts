import { escapeHtml } from '../../core/html.ts';

/** The pages of the local identity provider. They take no script: a password is typed here. */

const STYLE = `:root{color-scheme:light dark;--bg:#f3f4f6;--card:#fff;--text:#16202e;--muted:#566375;--line:#c3cad5;--accent:#3f3cbb;--on:#fff;--bad:#a1231b}
@media(prefers-color-scheme:dark){:root{--bg:#10141b;--card:#1a212c;--text:#eef2f7;--muted:#a5b1c2;--line:#46536a;--accent:#a9a7ff;--on:#12122e;--bad:#ff9c94}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:2rem}
p.who{margin:0;color:var(--muted);font-size:.875rem;letter-spacing:.02em}h1{margin:.25rem 0 1.25rem;font-size:1.5rem;line-height:1.25}
label{display:block;margin:0 0 .35rem;font-weight:600}input{width:100%;margin:0 0 1.1rem;padding:.65rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:8px}
button{width:100%;padding:.7rem;font:inherit;font-weight:600;border:1px solid var(--accent);border-radius:8px;background:var(--accent);color:var(--on);cursor:pointer}
button.plain{margin-top:.6rem;background:transparent;color:inherit;border-color:var(--line)}
input:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
p.bad{margin:0 0 1rem;color:var(--bad);font-weight:600}p.note{margin:1.25rem 0 0;color:var(--muted);font-size:.875rem}`;

/** A page that says something. @param who what says it @param body HTML */
export function messagePage(who: string, title: string, body: string): string {
  return document(who, title, `<h1>${escapeHtml(title)}</h1>${body}`);
}

function page(title: string, body: string): string {
  return document('Local identity provider', title, body);
}

function document(who: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head>
<body><main><p class="who">${who}</p>${body}</main></body>
</html>`;
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
