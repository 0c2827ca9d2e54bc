import type { LocalClock } from './clock.ts';
import { Schedule } from './lambda/schedule.ts';
import type { TerminalLog } from './log.ts';

/** DynamoDB deletes by TTL within days; a minute is often enough to see it. */
const TTL_EVERY_MS = 60_000;

export interface TimetableOptions {
  readonly clock: LocalClock;
  readonly schedules: readonly Schedule[];
  /** Deletes the rows whose TTL has passed by a time, epoch ms. */
  readonly expire: (nowMs: number) => Promise<unknown>;
  /** Resolves when what was written so far has been announced. */
  readonly settled: () => Promise<void>;
  readonly log: TerminalLog;
}

/** What happens by the moved time: the schedules of the template, and the deletions of TTL. */
export class Timetable {
  private readonly options: TimetableOptions;
  private readonly ttl: Schedule;

  constructor(options: TimetableOptions) {
    const { clock, expire, log } = options;
    this.options = options;
    this.ttl = new Schedule({
      everyMs: TTL_EVERY_MS,
      clock,
      // An engine that is out of reach for a moment is asked again a minute later.
      fire: () => expire(clock.now()).catch((error) => log.notice(`no rows deleted by TTL: ${error}`)),
    });
  }

  start(): void {
    for (const schedule of this.all()) schedule.start();
  }

  /** Moves the time; resolves when what fell due has run and been announced. @returns the new time, epoch ms */
  async advance(ms: number): Promise<number> {
    const { clock, schedules, settled, log } = this.options;
    log.info(`time moved by ${ms} ms, to ${new Date(clock.advance(ms)).toISOString()}`);
    // The sweep first: TTL, which is days late on AWS, must not be what announces a session's end here.
    for (const schedule of schedules) await schedule.catchUp();
    await settled();
    await this.ttl.catchUp();
    await settled();
    return clock.now();
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((schedule) => schedule.close()));
  }

  private all(): Schedule[] {
    return [...this.options.schedules, this.ttl];
  }
}
