import type { DIMENSIONS, MetricName } from '../../core/contract.ts';
import { describeError } from './problem.ts';
import type { ApiRequest, HttpRequest, RequestIds } from './request.ts';

/** A log of messages with fields, as Powertools' `Logger` is one. */
export interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Where a function reports what it does. */
export interface Observers {
  readonly log: Log;
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
  return (metric, value = 1) => void metrics.addMetric(metric, 'Count', value);
}

/** Whom a request is from, and how it is found in other logs. */
export interface Trace extends RequestIds {
  /** The public half of the session cookie. */
  readonly sessionId?: string | undefined;
  /** Left out where the logs must not have it: it is personal data. */
  readonly viewerAddress?: string | undefined;
  /** CloudFront's id, which its own log and its error pages have. */
  readonly cloudFrontRequestId?: string | undefined;
}

/** What the log has of a reply. */
export interface Observation extends Trace {
  readonly status: number;
  /** Why the request was rejected. */
  readonly code?: string | undefined;
}

/** One line a request, with nothing secret in it: no query, no header, no cookie but its public half. */
export function observeReply(
  observers: Observers,
  { method, path }: Pick<HttpRequest, 'method' | 'path'>,
  observation: Observation,
): void {
  observers.log.info('request', { method, path: path.slice(0, MAX_PATH), ...defined(observation) });
  const { code } = observation;
  if (code !== undefined) countRejection(observers, code);
  if (observers.metrics.hasStoredMetrics()) observers.metrics.publishStoredMetrics();
}

/** Counts a rejected request by its code. */
export function countRejection({ metrics }: Pick<Observers, 'metrics'>, code: string): void {
  metrics.singleMetric().addDimension('Code', code).addMetric('Refusals', 'Count', 1);
}

/** Logs a defect or an outage, for somebody to look at; a rejected request is only counted. */
export function observeFailure(
  { log }: Observers,
  code: string | undefined,
  failure: unknown,
  ids: RequestIds = {},
): void {
  log.error('request failed', { ...defined({ code, ...ids }), failure: describeError(failure) });
}

function defined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
