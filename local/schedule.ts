import type { LocalClock } from './clock.ts';

export interface ScheduleOptions {
  readonly everyMs: number;
  readonly clock: LocalClock;
  readonly fire: () => Promise<void>;
}

/**
 * A schedule of the template, by the moved time. When the time jumps over many ticks, they become one: they
 * would all be fired at the same moment, and the sweep finishes whatever is due however often it is asked.
 */
export class Schedule {
  private readonly options: ScheduleOptions;
  private readonly running = new Set<Promise<void>>();
  private due: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.due = options.clock.now() + options.everyMs;
  }

  start(): void {
    this.arm();
  }

  /** Fires what is due by now. To be called after the time was moved. */
  async catchUp(): Promise<void> {
    const now = this.options.clock.now();
    if (now >= this.due) {
      this.due = now + this.options.everyMs;
      this.arm();
      const run = this.options.fire().finally(() => this.running.delete(run));
      this.running.add(run);
      await run;
      return;
    }
    this.arm();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.due = Infinity;
    await Promise.allSettled(this.running);
  }

  private arm(): void {
    clearTimeout(this.timer);
    if (this.due === Infinity) return;
    const wait = Math.max(0, this.due - this.options.clock.now());
    this.timer = setTimeout(() => void this.catchUp(), Math.min(wait, 2 ** 31 - 1));
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** ms of `rate(1 minute)`. @throws Error for an expression that is not a rate */
export function rateMs(expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (!match) throw new Error(`template: the schedule ${expression} is not carried out here`);
  return Number(match[1]) * UNIT_MS[match[2]!]!;
}
