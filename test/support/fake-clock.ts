/**
 * Replaces the time of a page, before any of its scripts runs: `Date`, `performance.now` and the timers stand
 * still until they are moved. One script for every browser, so that all of them live through the same time.
 * Runs in the page: refers to nothing outside itself.
 */
export function installFakeClock(startAt: number): void {
  const timers = new Map<number, { at: number; every: number | undefined; run: () => void }>();
  const RealDate = Date;
  let elapsed = 0;
  let skew = 0;
  let serial = 0;
  let longest = 0;
  let requests = 0;

  const wall = () => startAt + elapsed + skew;
  const add = (run: unknown, delay: unknown, every: boolean, args: unknown[]) => {
    serial += 1;
    const ms = Math.max(1, Number(delay) || 0);
    longest = Math.max(longest, ms);
    const call = () => (run as (...all: unknown[]) => void)(...args);
    timers.set(serial, { at: elapsed + ms, every: every ? ms : undefined, run: call });
    return serial;
  };
  const remove = (id?: number) => void timers.delete(id ?? 0);

  class FakeDate extends RealDate {
    constructor(...args: unknown[]) {
      // @ts-expect-error: a spread over the overloads of Date
      super(...(args.length > 0 ? args : [wall()]));
    }
    static override now(): number {
      return wall();
    }
  }

  const realFetch = globalThis.fetch;

  Object.assign(globalThis, {
    async fetch(...request: Parameters<typeof realFetch>) {
      requests += 1;
      try {
        return await realFetch(...request);
      } finally {
        requests -= 1;
      }
    },
    Date: FakeDate,
    setTimeout: (run: unknown, delay: unknown, ...args: unknown[]) => add(run, delay, false, args),
    setInterval: (run: unknown, delay: unknown, ...args: unknown[]) => add(run, delay, true, args),
    clearTimeout: remove,
    clearInterval: remove,
    __clock: {
      /** Moves time on, firing what falls due in its order. */
      run(ms: number) {
        const until = elapsed + ms;
        for (;;) {
          const [id, next] =
            [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0] ?? [];
          if (id === undefined || !next) break;
          elapsed = Math.max(elapsed, next.at);
          if (next.every === undefined) timers.delete(id);
          else next.at += next.every;
          next.run();
        }
        elapsed = until;
      },
      /** The page was frozen: time has passed, and what was due fires once, late. */
      sleep(ms: number) {
        elapsed += ms;
        for (const timer of timers.values()) timer.at = Math.max(timer.at, elapsed);
      },
      /** Somebody sets the device's clock. Timers and `performance.now` know nothing of it. */
      set(ms: number) {
        skew += ms;
      },
      pending: () => timers.size,
      longest: () => longest,
      requests: () => requests,
    },
  });
  Object.defineProperty(Performance.prototype, 'now', { value: () => elapsed, configurable: true });
}

/** The handle that {@link installFakeClock} leaves in the page. */
export interface FakeClock {
  run(ms: number): void;
  sleep(ms: number): void;
  set(ms: number): void;
  pending(): number;
  /** The longest delay that a timer was ever set to, ms. */
  longest(): number;
  /** How many requests are under way. */
  requests(): number;
}
