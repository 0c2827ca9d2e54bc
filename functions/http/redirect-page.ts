import { createHash } from 'node:crypto';
import { escapeHtml } from '../../core/html.ts';
import type { Reply } from './reply.ts';

/**
 * A page that redirects to a path of this site at once. The callback comes from another site, so a browser
 * withholds `SameSite=Strict` cookies from a redirect that follows it, and even from a reload; a navigation
 * that this page starts carries them. Without scripts the meta refresh does it after a second, and
 * behind both there is a link.
 *
 * @param path a path of this site, made safe by `safeReturnTo`
 */
export function clientRedirect(
  path: string,
  extra: Pick<Reply, 'status' | 'cookies' | 'headers' | 'code'> = {},
): Reply {
  const script = `location.replace(${scriptString(path)})`;
  const hash = createHash('sha256').update(script).digest('base64');
  const href = escapeHtml(path);
  return {
    ...extra,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      ...extra.headers,
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>One moment</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="1;url=${href}">
<script>${script}</script>
<p><a href="${href}">Continue</a></p>
</html>
`,
  };
}

/** A JavaScript string that cannot end the script element around it. */
function scriptString(value: string): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
