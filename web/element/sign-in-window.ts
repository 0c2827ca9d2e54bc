import { IN_WINDOW } from '../../core/sign-in.ts';

/**
 * Opens the page that a link leads to in a small window, in which the user signs in while this page stays as it is. That page
 * has to tell the tabs at its end; so Curfew's own is opened so, another one where its query asks for it (`display=popup`).
 * Called in the click, or browsers block it. The window is not watched: whether it is closed says nothing, since a page with a
 * `Cross-Origin-Opener-Policy` takes every window that shows another site for closed.
 *
 * @returns false where the link is to be followed: it is none of those, or the browser opens no windows
 */
export function openSignInWindow({ href }: HTMLAnchorElement): boolean {
  const url = new URL(href);
  const query = url.searchParams;
  const isOurs = url.origin === location.origin && url.pathname.endsWith('/auth/sign-in');
  const display = query.get('display') ?? (isOurs && IN_WINDOW);
  if (display !== IN_WINDOW) return false;
  query.set('display', display);
  const opened = open(url, '', 'popup,width=480,height=640');
  // The provider's page gets no hold of this one.
  if (opened) opened.opener = null;
  return !!opened;
}
