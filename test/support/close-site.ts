import { readFileSync } from 'node:fs';
import type { BrowserClose } from '../../core/contract.ts';
import {
  type AppContext,
  html,
  refusal,
  type SiteOptions,
  startSite,
  type TestSite,
  type Visit,
} from './site.ts';
import { until } from './until.ts';

/** What only the signed-in user may see. */
export const PRIVATE = 'the-private-content';

/** What a page has said of itself. */
export interface Report {
  readonly host: string;
  readonly path: string;
  readonly at: number;
  readonly status: string;
  readonly reason: string | null;
  /** Everything that the page shows. */
  readonly text: string;
}

/**
 * A site of several pages, in real time, for browsers that are closed and started again. The name of a host says its
 * policy: `run-anything.localhost`. So one browser goes through many stories at once, each as undisturbed as if it
 * were the only one.
 */
export interface CloseSite extends TestSite {
  readonly reports: readonly Report[];
  signInUrl(host: string): string;
  /** Moves the site's time for one host. */
  advanceHost(host: string, ms: number): void;
  /** Waits until the browser has shown of its own accord the credential that the host's session is bound to. */
  bound(host: string): Promise<void>;
  /** The statuses of the requests for what is private, by what made them, since then: see {@link WAYS_TO_ASK}. */
  asked(host: string, since?: number): Readonly<Record<string, number[]>>;
  /** Waits for a page to say something. */
  reported(what: string, matches: (report: Report) => boolean, withinMs?: number): Promise<Report>;
}

/** Whatever a page can ask with, and what the user types into the address bar, by path. */
export const WAYS_TO_ASK: Readonly<Record<string, string>> = {
  'a script': '/api/private/script',
  'a script that posts': '/api/private/form',
  'a script that asks for the session': '/api/session',
  'an image': '/api/private/image',
  'an embedded frame': '/api/private/frame',
  'an event stream': '/api/private/events',
  'a WebSocket': '/api/private/socket',
  'a tab': '/api/private/tab',
  'the address bar': '/api/private/by-hand',
  'the address bar that asks for the session': '/api/session',
};

const HOME = readFileSync('test/support/pages/closing.html', 'utf8');

/** As a server renders it: private from the first byte. */
const RENDERED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>rendered</title><link rel="icon" href="data:,">
<main>${PRIVATE}</main><script type="module" src="/rendered.js"></script></html>`;

/** A page without the client, that may load all that there is. */
const REQUESTS = html(
  '<!doctype html><title>requests</title><link rel="icon" href="data:,"><body><script type="module" src="/requests.js"></script>',
);
REQUESTS.headers.set('content-security-policy', "default-src 'self' ws: wss: data:");

/** @param options `https` for WebKit */
export async function startCloseSite(options: Pick<SiteOptions, 'https'> = {}): Promise<CloseSite> {
  const reports: Report[] = [];
  const waiting = new Set<() => void>();
  const moved = new Map<string, number>();
  const now = (host: string) => Date.now() + (moved.get(host) ?? 0);

  async function answer(request: Request, context: AppContext): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (pathname === '/report') {
      reports.push({ ...(await request.json()), host: context.host, at: context.now() });
      for (const wake of waiting) wake();
      return new Response(null, { status: 204 });
    }
    if (pathname === '/rendered')
      return (await refusal(request, { ...context, bounce: true })) ?? html(RENDERED);
    if (pathname === '/requests') return REQUESTS.clone();
    if (pathname === '/download') {
      return new Response('a', { headers: { 'content-disposition': 'attachment; filename="a.txt"' } });
    }
    return /\.\w+$/.test(pathname) ? undefined : html(HOME);
  }

  /** Guarded, whatever asks. */
  async function answerPrivate(request: Request, context: AppContext): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    const response = (await refusal(request, { ...context, siteUrl: origin })) ?? html(PRIVATE);
    if (pathname.endsWith('/events') && response.ok)
      response.headers.set('content-type', 'text/event-stream');
    return response;
  }

  const site = await startSite({
    ...options,
    now,
    api: answerPrivate,
    upgrade: answerPrivate,
    policyOf: (host) => ({ browserClose: modeOf(host), idleTimeoutMs: 600_000 }),
    answer,
  });
  return Object.assign(site, {
    reports,
    signInUrl: (host: string) => site.url(host, '/api/auth/sign-in?returnTo=/'),
    advanceHost: (host: string, ms: number) => void moved.set(host, (moved.get(host) ?? 0) + ms),
    asked(host: string, since = 0) {
      const ofHost = site.visits.filter((visit) => visit.host === host && visit.at >= since);
      const isByHand = ({ headers }: Visit) => headers['sec-fetch-dest'] === 'document';
      return Object.fromEntries(
        Object.entries(WAYS_TO_ASK).map(([way, asked]) => {
          const byHand = way.startsWith('the address bar');
          const found = ofHost.filter(
            (visit) => visit.path === asked && (asked !== '/api/session' || isByHand(visit) === byHand),
          );
          return [way, found.map(({ status }) => status)];
        }),
      );
    },
    async bound(host: string) {
      const checks = () =>
        site.visits.filter((visit) => visit.host === host && visit.path === '/api/run/check');
      await until(
        `${host} to be bound`,
        async () => checks().some(({ reply }) => reply.includes('same')),
        60_000,
      );
    },
    async reported(what: string, matches: (report: Report) => boolean, withinMs = 60_000) {
      const giveUpAt = performance.now() + withinMs;
      for (;;) {
        const found = reports.findLast(matches);
        if (found) return found;
        const left = giveUpAt - performance.now();
        if (left <= 0)
          throw new Error(`not within ${withinMs} ms: ${what}; ${JSON.stringify(reports.slice(-5))}`);
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, left);
          waiting.add(wake);
        });
      }
    },
  });
}

function modeOf(host: string): BrowserClose {
  const [prefix] = host.split('-');
  return prefix === 'last' ? 'last-page' : prefix === 'cookie' ? 'cookie' : 'run';
}
