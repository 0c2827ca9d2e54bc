import { escapeHtml } from '../../core/html.ts';

const STYLE = `:root{color-scheme:light dark;--bg:#f3f4f6;--card:#fff;--text:#16202e;--muted:#566375;--line:#c3cad5;--field:#7d8898;--accent:#3f3cbb;--on:#fff;--bad:#a1231b}
@media(prefers-color-scheme:dark){:root{--bg:#10141b;--card:#1a212c;--text:#eef2f7;--muted:#a5b1c2;--line:#46536a;--field:#73829c;--accent:#a9a7ff;--on:#12122e;--bad:#ff9c94}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:2rem}
p.who{margin:0;color:var(--muted);font-size:.875rem;letter-spacing:.02em}h1{margin:.25rem 0 1.25rem;font-size:1.5rem;line-height:1.25}
label{display:block;margin:0 0 .35rem;font-weight:600}input{width:100%;margin:0 0 1.1rem;padding:.65rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--field);border-radius:8px}
button{width:100%;padding:.7rem;font:inherit;font-weight:600;border:1px solid var(--accent);border-radius:8px;background:var(--accent);color:var(--on);cursor:pointer}
button.plain{margin-top:.6rem;background:transparent;color:inherit;border-color:var(--field)}
fieldset{margin:0 0 1.5rem;padding:0;border:0;min-width:0}legend{padding:0;font-weight:600}fieldset button{text-align:start;overflow-wrap:anywhere}
input:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
p.bad{margin:0 0 1rem;color:var(--bad);font-weight:600}p.note{margin:1.25rem 0 0;color:var(--muted);font-size:.875rem}`;

/** Headers of a page that runs no script, loads nothing, and is in no frame. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
} as const;

/** A page of what runs on this machine. @param who what says it @param body HTML */
export function ownPage(who: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title><meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head>
<body><main><p class="who">${escapeHtml(who)}</p>${body}</main></body>
</html>`;
}

/** A page that says something. @param who what says it @param body HTML */
export function messagePage(who: string, title: string, body: string): string {
  return ownPage(who, title, `<h1>${escapeHtml(title)}</h1>${body}`);
}

/**
 * Says that the browser keeps no cookies of the site, and what to do.
 *
 * @param who what says it
 * @param https the command that serves the site by https, as HTML
 * @param remedies more of what to do, as HTML
 */
export function blockedCookiesPage(
  who: string,
  {
    siteUrl,
    https,
    remedies = [],
  }: { readonly siteUrl: string; readonly https: string; readonly remedies?: readonly string[] },
): string {
  const overHttp = siteUrl.startsWith('http:')
    ? [
        `Safari and other browsers on WebKit keep no Secure cookies over http. Stop the server, start it with ${https}, and open the address that it prints.`,
      ]
    : [];
  const all = [...overHttp, 'If cookies are blocked, allow them for this site.', ...remedies];
  const text = all.map((remedy) => `<p>${remedy}</p>`).join('');
  return messagePage(who, 'This browser keeps no cookies of this site', `${text}<p><a href="/">Back</a></p>`);
}
