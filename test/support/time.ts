import type { TestPage } from './driver.ts';
import type { FakeClock, Passed } from './fake-clock.ts';

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
 */
export async function passTime(site: MovableSite, pages: readonly TestPage[], ms: number): Promise<void> {
  for (let left = ms; left > 0; ) {
    const { passed, isWaiting } = await pages[0]!.evaluate(
      passPages,
      left,
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

function passPages(ms: number, hanging: boolean, tabs: number): Promise<Passed> {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.pass(ms, hanging, tabs);
}

function settlePages(hanging: boolean, tabs: number): Promise<void> {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.settle(hanging, tabs);
}
