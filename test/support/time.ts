import type { TestPage } from './driver.ts';
import type { FakeClock, Passed } from './fake-clock/fake-clock.ts';

/** The server's side of the time that tests move. */
export interface MovableSite {
  readonly breakage: string;
  advance(ms: number): unknown;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

/**
 * Moves the time of pages and server together: the pages' from one timer that is due to the next, until one of them makes
 * a request, and then the server's to the same moment, so that every request is answered in its own.
 *
 * @param leastMs at least this far at once, where pages that show seconds would make too many steps of it: what a page asks
 *   or says comes up to this much late. @default 0
 */
export async function passTime(
  site: MovableSite,
  pages: readonly TestPage[],
  ms: number,
  leastMs = 0,
): Promise<void> {
  for (let left = ms; left > 0; ) {
    const { passed, isWaiting } = await pages[0]!.evaluate(
      passPages,
      left,
      leastMs,
      site.breakage === 'hang',
      pages.length,
    );
    left -= passed;
    await site.advance(passed);
    if (isWaiting) await settle(site, pages);
  }
}

/**
 * Until every request under way is answered, its answer has been taken in, and the other pages have heard of it. One
 * round trip, however many pages there are: the first passes it on.
 */
export async function settle(site: MovableSite, pages: readonly TestPage[]): Promise<void> {
  await pages[0]!.evaluate(settlePages, site.breakage === 'hang', pages.length);
  await site.idle();
}

function passPages(ms: number, leastMs: number, hanging: boolean, tabs: number): Promise<Passed> {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.pass(ms, leastMs, hanging, tabs);
}

function settlePages(hanging: boolean, tabs: number): Promise<void> {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.settle(hanging, tabs);
}
