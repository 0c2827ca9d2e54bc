import type { LocalClock } from '../clock.ts';

export interface ScheduleOptions {
  readonly everyMs: number;
  readonly clock: LocalClock;
  readonly fire: () => Promise<unknown>;
}

/** The longest wait that a timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Something that happens regularly by the moved time. When the time jumps over many ticks, they become one: they
 * would all be fired at the same moment, and the sweep finishes whatever is due however often it is asked.
 */
export class Schedule {
  private readonly options: ScheduleOptions;
  private readonly running = new Set<Promise<unknown>>();
  private due: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.due = options.clock.now() + options.everyMs;
  }

  start(): void {
    this.arm();
  }

  /** Fires if it is due by now, and waits until that is done. To be called after the time was moved. */
  async catchUp(): Promise<void> {
    const now = this.options.clock.now();
    const due = now >= this.due;
    if (due) this.due = now + this.options.everyMs;
    this.arm();
    if (!due) return;
    const run = this.options.fire().finally(() => this.running.delete(run));
    this.running.add(run);
    await run;
  }

  /** Fires no more, and waits for what runs. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.due = Infinity;
    await Promise.allSettled(this.running);
  }

  private arm(): void {
    clearTimeout(this.timer);
    if (this.due === Infinity) return;
    const wait = Math.max(0, this.due - this.options.clock.now());
    this.timer = setTimeout(() => void this.catchUp(), Math.min(wait, MAX_TIMER_MS));
  }
}
