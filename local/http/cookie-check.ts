import { COOKIES } from '../../core/contract.ts';
import { blockedCookiesPage, messagePage, PAGE_HEADERS } from '../../dev/machine/page.ts';
import { type Answer, type HttpReply, type HttpRequest, pathOf } from './message.ts';

/** Where a browser comes by on its way to the provider. */
export const COOKIE_CHECK = '/__local/cookies';

/**
 * A browser that keeps no cookies of this site learns so before the user types a password in vain. On `http://localhost`
 * those on WebKit keep no `Secure` cookie, and nobody can sign in with them.
 */
export interface CookieCheck {
  /** Sends a browser that begins to sign in and shows no cookie yet to {@link COOKIE_CHECK} first. */
  detour(request: HttpRequest, reply: HttpReply): HttpReply;
  /** Answers {@link COOKIE_CHECK}. */
  readonly answer: Answer;
}

/** @param provider its origin: nowhere else does the check send anybody */
export function createCookieCheck(siteUrl: string, provider: string): CookieCheck {
  return {
    detour(request, reply) {
      // Programs that follow no redirect to the letter, and send no Fetch Metadata, go to the provider at once.
      const begins =
        pathOf(request) === '/api/auth/sign-in' && header(request, 'sec-fetch-mode') === 'navigate';
      if (!begins || reply.status !== 302 || keepsCookies(request)) return reply;
      return { ...reply, headers: reply.headers.map(([name, value]) => [name, by(name, value)]) };
    },
    async answer(request) {
      const target = URL.parse(new URL(request.url, siteUrl).searchParams.get('to') ?? '', provider);
      if (target?.origin !== provider)
        return page(404, messagePage(WHO, 'Not found', '<p>There is nothing here.</p>'));
      if (keepsCookies(request)) return redirect(target);
      return page(400, blockedCookiesPage(WHO, { siteUrl, https: '<code>npm start -- --https</code>' }));
    },
  };

  function by(name: string, value: string): string {
    if (name.toLowerCase() !== 'location' || new URL(value, siteUrl).origin !== provider) return value;
    return `${COOKIE_CHECK}?${new URLSearchParams({ to: value.slice(provider.length) })}`;
  }
}

const WHO = 'Curfew on this machine';

function page(status: number, html: string): HttpReply {
  return { status, headers: Object.entries(PAGE_HEADERS), body: Buffer.from(html) };
}

function redirect(target: URL): HttpReply {
  const headers = [
    ['location', target.href],
    ['cache-control', 'no-store'],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  return { status: 302, headers, body: Buffer.alloc(0) };
}

function keepsCookies(request: HttpRequest): boolean {
  return (header(request, 'cookie') ?? '')
    .split(';')
    .some((pair) => pair.trim().startsWith(`${COOKIES.signIn}=`));
}

function header({ rawHeaders }: HttpRequest, wanted: string): string | undefined {
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === wanted);
  return index < 0 ? undefined : rawHeaders[index + 1];
}
