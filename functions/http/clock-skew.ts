import { CLOCK_SKEW_LIMIT_MS } from '../../core/contract.ts';
import type { ClockReading } from '../store/dynamodb/clock-skew.ts';
import type { Observers } from './observe.ts';

/** The period of the metric, ms. */
const MINUTE_MS = 60_000;

/**
 * Reports how far this process's clock is from the store's, as metric `ClockSkew` and, beyond
 * {@link CLOCK_SKEW_LIMIT_MS}, in the log. There is a reading for each reply of the store, and a line for each costs
 * money. So the largest since the last report is reported once in a minute of the store's clock, and the first one
 * beyond the limit at once: at most two values and one line of the log a minute.
 */
export function createSkewObserver({ log, metrics }: Observers): (reading: ClockReading) => void {
  let largest = 0;
  let reportedIn: number | undefined;
  let beyondIn: number | undefined;
  return ({ skewMs, at }) => {
    if (Math.abs(skewMs) > Math.abs(largest)) largest = skewMs;
    // Another minute, which is not always a later one: the clocks under test may be set back.
    const minute = Math.floor(at / MINUTE_MS);
    const isBeyond = Math.abs(largest) > CLOCK_SKEW_LIMIT_MS;
    if (minute === reportedIn && !(isBeyond && minute !== beyondIn)) return;
    // By the store's clock: CloudWatch drops what is 2 h ahead, and an alarm looks at the last minutes only.
    metrics.singleMetric().setTimestamp(at).addMetric('ClockSkew', 'Milliseconds', Math.abs(largest));
    if (isBeyond) log.error('clock skew', { skewMs: largest });
    reportedIn = minute;
    if (isBeyond) beyondIn = minute;
    largest = 0;
  };
}
