import type { LocalClock } from '../clock.ts';
import type { LocalStack } from '../template/stack.ts';
import type { Functions } from './functions.ts';
import { Schedule } from './schedule.ts';
import { sweepTurnMs } from './sweep-turns.ts';

export interface SchedulesOptions {
  readonly functions: Functions;
  readonly clock: LocalClock;
  /** How often the sweep runs. @default the template's */
  readonly sweepEveryMs: number | undefined;
}

/** The schedules of the template; the sweep's is as frequent as its turns. */
export function createSchedules(
  stack: Pick<LocalStack, 'schedules' | 'functions'>,
  { functions, clock, sweepEveryMs }: SchedulesOptions,
): Schedule[] {
  return stack.schedules.map(({ everyMs, functionId, input }) => {
    const turnMs = sweepTurnMs(stack.functions.get(functionId));
    return new Schedule({
      everyMs: turnMs === undefined ? everyMs : (sweepEveryMs ?? Math.min(everyMs, turnMs)),
      clock,
      fire: () => functions.invoke(functionId, input),
    });
  });
}
