import { readFileSync } from 'node:fs';
import type { BrowserClose } from '../../core/contract.ts';
import { type AppContext, html, refusal, startSite, type TestSite } from './site.ts';
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
  /** Waits for a page to say something. */
  reported(what: string, matches: (report: Report) => boolean, withinMs?: number): Promise<Report>;
}

const HOME = readFileSync('test/support/pages/closing.html', 'utf8');

/** As a server renders it: private from the first byte. */
const RENDERED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>rendered</title><link rel="icon" href="data:,">
<main>${PRIVATE}</main><script type="module" src="/rendered.js"></script></html>`;

export async function startCloseSite(): Promise<CloseSite> {
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
    if (pathname === '/private') return (await refusal(request, context)) ?? html(PRIVATE);
    if (pathname === '/rendered')
      return (await refusal(request, { ...context, bounce: true })) ?? html(RENDERED);
    if (pathname === '/download') {
      return new Response('a', { headers: { 'content-disposition': 'attachment; filename="a.txt"' } });
    }
    return /\.\w+$/.test(pathname) ? undefined : html(HOME);
  }

  const site = await startSite({
    now,
    policyOf: (host) => ({ browserClose: modeOf(host), idleTimeoutMs: 600_000 }),
    answer,
  });
  return Object.assign(site, {
    reports,
    signInUrl: (host: string) => site.url(host, '/api/auth/sign-in?returnTo=/'),
    advanceHost: (host: string, ms: number) => void moved.set(host, (moved.get(host) ?? 0) + ms),
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
  return prefix === 'last' ? 'last-page' : prefix === 'run' ? 'run' : 'cookie';
}
