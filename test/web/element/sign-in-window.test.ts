import { afterEach, describe, expect, test } from '@jest/globals';
import { openSignInWindow } from '../../../web/element/sign-in-window.ts';

const SITE = 'https://app.example.com';

afterEach(() => {
  for (const name of ['open', 'location']) Reflect.deleteProperty(globalThis, name);
});

/** Follows a link in a browser that opens windows, or none. @returns what was opened, and whether the link is done with */
function follow(href: string, opens: object | null) {
  const opened: string[] = [];
  Object.assign(globalThis, {
    location: { origin: SITE },
    open(url: URL, target: string) {
      opened.push(url.href.replace(SITE, ''), target);
      return opens;
    },
  });
  return { isDone: openSignInWindow({ href: new URL(href, SITE).href } as HTMLAnchorElement), opened };
}

describe('opens a window', () => {
  test.each([
    ['/api/auth/sign-in?returnTo=%2Fapp', '/api/auth/sign-in?returnTo=%2Fapp&display=popup'],
    ['/v2/auth/sign-in?tenant=a&returnTo=%2F#b', '/v2/auth/sign-in?tenant=a&returnTo=%2F&display=popup#b'],
    ['/login?display=popup&returnTo=%2F', '/login?display=popup&returnTo=%2F'],
  ])('of %s', (href, to) => {
    const opens = { opener: globalThis };
    expect(follow(href, opens)).toEqual({ isDone: true, opened: [to, ''] });
    // Whoever shows a page there has no hold of this one.
    expect(opens.opener).toBeNull();
  });

  test('which the browser may block: then the link is followed', () => {
    expect(follow('/api/auth/sign-in?returnTo=%2F', null)).toMatchObject({ isDone: false });
  });
});

test.each([
  '/login?returnTo=%2Fapi%2Fauth%2Fsign-in',
  '/api/auth/sign-in?display=page&returnTo=%2F',
  '/api/auth/sign-in/more?returnTo=%2F',
  '/login?returnTo=%2F%3Fdisplay%3Dpopup',
  'https://login.example.org/auth/sign-in',
])('follows the link to %s', (href) => {
  expect(follow(href, {})).toEqual({ isDone: false, opened: [] });
});
