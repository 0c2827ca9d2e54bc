import { escapeHtml } from '../../core/html.ts';
import { htmlPage, scriptLiteral } from './html-page.ts';
import type { Reply } from './reply.ts';

/**
 * A page that redirects to a path of this site at once. The callback comes from another site, so a browser
 * withholds `SameSite=Strict` cookies from a redirect that follows it, and even from a reload; a navigation
 * that this page starts carries them. Without scripts the meta refresh does it after a second, and
 * behind both there is a link.
 *
 * @param path a path of this site, made safe by `safeReturnTo`
 */
export function clientRedirect(path: string, extra?: Parameters<typeof htmlPage>[1]): Reply {
  const href = escapeHtml(path);
  return htmlPage(
    {
      title: 'One moment',
      head: `<meta http-equiv="refresh" content="1;url=${href}">\n`,
      script: `location.replace(${scriptLiteral(path)})`,
      body: `<p><a href="${href}">Continue</a></p>`,
    },
    extra,
  );
}
