import type { TestPage } from './driver.ts';
import type { FakeClock } from './fake-clock.ts';

/** The server's side of the time that tests move. */
export interface MovableSite {
  readonly breakage: string;
  advance(ms: number): void;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

/**
 * Moves the time of pages and server together, from one timer that falls due in any of the pages to the next, and
 * lets every request be answered in its own moment.
 */
export async function passTime(site: MovableSite, pages: readonly TestPage[], ms: number): Promise<void> {
  let dueIn = await settle(site, pages);
  for (let left = ms; left > 0; ) {
    const jump = Math.min(left, dueIn);
    left -= jump;
    site.advance(jump);
    dueIn = await settle(site, pages, jump);
  }
}

/**
 * Until every request under way is answered, its answer has been taken in, and the other pages have heard of it. One
 * round trip, however many pages there are: the first passes it on.
 *
 * @param ms moves the time of the pages by this much before
 * @returns how long until the next timer of any of the pages, ms
 */
export async function settle(
  site: MovableSite,
  pages: readonly TestPage[],
  ms: number | null = null,
): Promise<number> {
  const dueIn = await pages[0]!.evaluate(movePages, ms, site.breakage === 'hang', pages.length);
  await site.idle();
  return dueIn;
}

function movePages(ms: number | null, hanging: boolean, tabs: number): Promise<number> {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.move(ms, hanging, tabs);
}
