interface Timer {
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** A page's time and timers: they stand still until they are moved. */
export class Timers {
  private readonly timers = new Map<number, Timer>();
  /** Timers of `AbortSignal.timeout`: no page can clear one. */
  private readonly timeouts = new Set<number>();
  private readonly startAt: number;
  private elapsed = 0;
  private skew = 0;
  private serial = 0;
  /** The longest delay that a timer was ever set to, ms. */
  longest = 0;

  /** @param startAt the device's time, epoch ms */
  constructor(startAt: number) {
    this.startAt = startAt;
  }

  /** Puts this time in the place of the real one. */
  install(): void {
    const now = () => this.startAt + this.elapsed + this.skew;
    class FakeDate extends Date {
      constructor(...args: unknown[]) {
        // @ts-expect-error: a spread over the overloads of Date
        super(...(args.length > 0 ? args : [now()]));
      }
      static override now(): number {
        return now();
      }
    }
    const set =
      (repeats: boolean) =>
      (call: unknown, delay: unknown, ...args: unknown[]) =>
        this.add(() => (call as (...all: unknown[]) => void)(...args), delay, repeats);
    const clear = (id = 0) => void this.timers.delete(id);
    const fakes = {
      setTimeout: set(false),
      setInterval: set(true),
      clearTimeout: clear,
      clearInterval: clear,
    };
    Object.assign(globalThis, { Date: FakeDate, ...fakes });
    Object.defineProperty(Performance.prototype, 'now', { value: () => this.elapsed, configurable: true });
    // In real time, a slow machine would fail requests.
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      const late = () => controller.abort(new DOMException('signal timed out', 'TimeoutError'));
      this.timeouts.add(this.add(late, ms, false));
      return controller.signal;
    };
  }

  private add(run: () => void, delay: unknown, repeats: boolean): number {
    this.serial += 1;
    // Whole milliseconds, as browsers have them.
    const ms = Math.max(1, Math.trunc(Number(delay)) || 0);
    this.longest = Math.max(this.longest, ms);
    this.timers.set(this.serial, { at: this.elapsed + ms, every: repeats ? ms : undefined, run });
    return this.serial;
  }

  /** How long until the next timer, ms. With none it is over 285,000 years: no message to a test can hold Infinity. */
  dueIn(): number {
    const dueAt = Math.min(...[...this.timers.values()].map(({ at }) => at));
    return Math.min(Math.max(0, dueAt - this.elapsed), Number.MAX_SAFE_INTEGER);
  }

  pending(): number {
    return [...this.timers.keys()].filter((id) => !this.timeouts.has(id)).length;
  }

  run(ms: number): void {
    const until = this.elapsed + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= until);
      const [next] = due.sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      const [id, timer] = next;
      this.elapsed = Math.max(this.elapsed, timer.at);
      if (timer.every === undefined) this.timers.delete(id);
      else timer.at += timer.every;
      timer.run();
    }
    this.elapsed = until;
  }

  sleep(ms: number): void {
    this.elapsed += ms;
    for (const timer of this.timers.values()) timer.at = Math.max(timer.at, this.elapsed);
  }

  set(ms: number): void {
    this.skew += ms;
  }
}
