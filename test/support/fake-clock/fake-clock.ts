import { build } from 'esbuild';

/** The handle that the fake clock leaves in a page, as `__clock`. */
export interface FakeClock {
  /** Moves the time of this page, firing what falls due in its order. */
  run(ms: number): void;
  /**
   * Moves the time of every tab of this browser from one timer that is due to the next, until one of them makes a request.
   * That waits until the tabs are settled, so that the server's time can follow. Only `fetch` waits so.
   *
   * @param ms how far at most
   * @param leastMs at least this far at once: what falls due in between is taken for due at the end
   * @param hanging the server leaves requests without an answer: waits for none
   * @param tabs how many there are, this one included
   */
  pass(ms: number, leastMs: number, hanging: boolean, tabs: number): Promise<Passed>;
  /** Until no tab has anything under way: each request is answered, each answer and each word of another tab taken in. */
  settle(hanging: boolean, tabs: number): Promise<void>;
  /** The page was frozen: time has passed, and what was due fires once, late. */
  sleep(ms: number): void;
  /** Somebody sets the device's clock. Timers and `performance.now` know nothing of it. */
  set(ms: number): void;
  pending(): number;
  /** The longest delay that a timer was ever set to, ms. */
  longest(): number;
}

export interface Passed {
  /** ms */
  readonly passed: number;
  /** Whether requests wait for the server's time. */
  readonly isWaiting: boolean;
}

let bundle: Promise<string> | undefined;

/**
 * The script that replaces the time of a page, before any of its own runs: `Date`, `performance.now` and the timers stand
 * still until they are moved. One for every browser, so that all of them live through the same time.
 *
 * @param startAt epoch ms
 */
export async function fakeClockScript(startAt: number): Promise<string> {
  bundle ??= bundlePage();
  return `${await bundle}\nfakeClock.install(${startAt});`;
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/support/fake-clock/page.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'fakeClock',
  });
  return outputFiles[0]!.text;
}
