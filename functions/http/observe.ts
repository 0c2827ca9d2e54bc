import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { sessionCredential } from './cookies.ts';
import { describeError } from './problem.ts';
import type { ApiRequest, StackEvent } from './request.ts';

/** Where a function says what it does. */
export interface Observers {
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly metrics: Pick<Metrics, 'addMetric' | 'singleMetric' | 'hasStoredMetrics' | 'publishStoredMetrics'>;
}

/** Paths are whatever a client made up. */
const MAX_PATH = 128;

/** Counts one metric of the request. */
export function counter({ metrics }: Observers): ApiRequest['count'] {
  return (metric) => void metrics.addMetric(metric, 'Count', 1);
}

/** One line a request, with nothing secret in it: no query, no header, no cookie but its public half. */
export function observeReply(observers: Observers, event: StackEvent, status: number, code?: string): void {
  const { method, path } = event.requestContext.http;
  const sessionId = sessionCredential(event)?.sessionId;
  observers.log.info('request', {
    method,
    path: path.slice(0, MAX_PATH),
    status,
    ...(code !== undefined && { code }),
    ...(sessionId !== undefined && { sessionId }),
  });
  if (code !== undefined) {
    observers.metrics.singleMetric().addDimension('Code', code).addMetric('Refusals', 'Count', 1);
  }
  if (observers.metrics.hasStoredMetrics()) observers.metrics.publishStoredMetrics();
}

/** A defect or an outage, for somebody to look at; a refusal is only counted. */
export function observeFailure({ log }: Observers, code: string | undefined, failure: unknown): void {
  log.error('request failed', { ...(code !== undefined && { code }), failure: describeError(failure) });
}
