import { DIMENSIONS, type EndReason, EVENT_TYPES } from '../../core/contract.ts';
import type { Observers } from '../http/observe.ts';
import type { Transition } from '../sessions/transition.ts';

/** Counts what was announced: one flush per batch, and one line for each reason, which is a dimension. */
export function observeTransitions(metrics: Observers['metrics'], transitions: readonly Transition[]): void {
  const ended = new Map<EndReason, number>();
  let started = 0;
  for (const transition of transitions) {
    if (transition.type === EVENT_TYPES.started) {
      started += 1;
      continue;
    }
    const { reason, latenessMs } = transition.detail;
    ended.set(reason, (ended.get(reason) ?? 0) + 1);
    if (latenessMs !== null) metrics.addMetric('ExpiryLateness', 'Milliseconds', latenessMs);
  }
  if (started > 0) metrics.addMetric('SessionsStarted', 'Count', started);
  for (const [reason, count] of ended) {
    metrics.singleMetric().addDimension(DIMENSIONS.reason, reason).addMetric('SessionsEnded', 'Count', count);
  }
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
