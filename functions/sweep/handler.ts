import type { Context } from 'aws-lambda';
import { SWEEP_SCHEDULE_MS } from '../../core/contract.ts';
import type { Observers } from '../http/observe.ts';
import { describeError } from '../http/problem.ts';
import { countActive } from './active-sessions.ts';
import { type SweepOptions, type SweepReport, sweep } from './sweep.ts';

export interface SweepHandlerOptions extends Observers, Pick<SweepOptions, 'store' | 'now' | 'concurrency'> {
  /** How often to sweep, ms. */
  readonly everyMs: number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** What a page that has begun may need at worst: three attempts of 2.5 s, and some more. */
const RESERVE_MS = 10_000;
/** What it needs to report what is done, once it has given up, ms. */
export const TO_REPORT_MS = 2_000;
/** In an outage every session fails alike: the log holds the first few, the report has their number. */
const LOGGED_FAILURES = 10;

/**
 * Sweeps every `everyMs` until the schedule's next tick, or once where that is a minute or more. Each sweep is
 * reported in log and metrics: the alarms for a sweep that is silent or fails watch for that. Needs a timeout of a minute or more.
 */
export function createSweepHandler(options: SweepHandlerOptions) {
  return async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const { now, everyMs, wait } = options;
    const timeLeft = Math.max(0, context.getRemainingTimeInMillis() - TO_REPORT_MS);
    const store = options.store.within(AbortSignal.timeout(timeLeft));
    const hasTime = (afterMs = 0) => context.getRemainingTimeInMillis() - afterMs > RESERVE_MS;
    const startedAt = now();
    for (let next = startedAt; next - startedAt < SWEEP_SCHEDULE_MS; next = Math.max(next + everyMs, now())) {
      const pause = Math.max(0, next - now());
      if (!hasTime(pause)) return;
      if (pause > 0) await wait(pause);
      const report = await sweep({ ...options, store, hasTime, onFailure: reporter(options) });
      observe(options, report);
      if (next === startedAt && report.shards > 0 && hasTime()) {
        await observeActive({ ...options, store }, report.shards, hasTime);
      }
    }
  };
}

function observe({ log, metrics }: SweepHandlerOptions, report: SweepReport): void {
  log.info('sweep', { ...report });
  const hasFailed = report.shards === 0 || report.unreadShards > 0;
  metrics.addMetric('FailedSweeps', 'Count', Number(hasFailed));
  metrics.addMetric('SweepRearmed', 'Count', report.rearmed);
  // Silence is the alarm: a sweep that could not read every shard does not know the backlog, and reports none.
  if (!hasFailed) metrics.addMetric('SweepBacklog', 'Milliseconds', report.backlogMs);
  metrics.publishStoredMetrics();
}

/** Counts the active sessions, once an invocation. A failure to count is logged: it must not keep the sweep from going on. */
async function observeActive(
  { store, log, metrics, now }: SweepHandlerOptions,
  shards: number,
  hasTime: () => boolean,
): Promise<void> {
  try {
    const turn = Math.floor(now() / SWEEP_SCHEDULE_MS);
    const { count, isEstimate } = await countActive(store, shards, turn, hasTime);
    if (isEstimate) log.info('active sessions', { count, isEstimate, shard: turn % shards });
    metrics.addMetric('ActiveSessions', 'Count', count);
    metrics.publishStoredMetrics();
  } catch (cause) {
    log.error('active sessions could not be counted', { failure: describeError(cause) });
  }
}

function reporter({ log }: SweepHandlerOptions): SweepOptions['onFailure'] {
  let logged = 0;
  return ({ shard, sessionId, cause }) => {
    logged += 1;
    if (logged > LOGGED_FAILURES) return;
    log.error('sweep failed', { shard, sessionId, failure: describeError(cause) });
  };
}
