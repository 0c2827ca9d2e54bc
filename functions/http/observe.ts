import type { Logger } from '@aws-lambda-powertools/logger';
import type { DIMENSIONS, MetricName } from '../../core/contract.ts';
import { describeError } from './problem.ts';
import type { ApiRequest, HttpRequest } from './request.ts';

/** Where a function reports what it does. */
export interface Observers {
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly metrics: MetricSink;
}

/** What is used of Powertools' `Metrics`. A name that is not in the contract does not compile. */
export interface MetricSink {
  addMetric(name: MetricName, unit: MetricUnit, value: number): unknown;
  /** One metric in a line of its own, with dimensions of its own. */
  singleMetric(): SingleMetric;
  hasStoredMetrics(): boolean;
  publishStoredMetrics(): void;
}

export interface SingleMetric {
  addDimension(name: Dimension, value: string): SingleMetric;
  /** The time of the value, epoch ms. @default this process's own */
  setTimestamp(at: number): SingleMetric;
  addMetric(name: MetricName, unit: MetricUnit, value: number): unknown;
}

type Dimension = (typeof DIMENSIONS)[keyof typeof DIMENSIONS];
type MetricUnit = 'Count' | 'Milliseconds';

/** Longest path in the log, characters: clients choose their paths. */
const MAX_PATH = 128;

/** Counts one metric of the request. */
export function counter({ metrics }: Observers): ApiRequest['count'] {
  return (metric) => void metrics.addMetric(metric, 'Count', 1);
}

/** What the log has of a reply. */
export interface Observation {
  readonly status: number;
  /** Why the request was rejected. */
  readonly code?: string | undefined;
  /** The public half of the session cookie. */
  readonly sessionId?: string | undefined;
}

/** One line a request, with nothing secret in it: no query, no header, no cookie but its public half. */
export function observeReply(
  observers: Observers,
  { method, path }: Pick<HttpRequest, 'method' | 'path'>,
  { status, code, sessionId }: Observation,
): void {
  observers.log.info('request', {
    method,
    path: path.slice(0, MAX_PATH),
    status,
    ...(code !== undefined && { code }),
    ...(sessionId !== undefined && { sessionId }),
  });
  if (code !== undefined) countRejection(observers, code);
  if (observers.metrics.hasStoredMetrics()) observers.metrics.publishStoredMetrics();
}

/** Counts a rejected request by its code. */
export function countRejection({ metrics }: Pick<Observers, 'metrics'>, code: string): void {
  metrics.singleMetric().addDimension('Code', code).addMetric('Refusals', 'Count', 1);
}

/** Logs a defect or an outage, for somebody to look at; a rejected request is only counted. */
export function observeFailure({ log }: Observers, code: string | undefined, failure: unknown): void {
  log.error('request failed', { ...(code !== undefined && { code }), failure: describeError(failure) });
}
