import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../../core/contract.ts';
import type { MetricSink } from './observe.ts';

/**
 * Metrics in the embedded metric format: lines of the log, and no request to CloudWatch.
 *
 * @param serviceName dimension `service` of each
 */
export function createMetrics(serviceName: string): MetricSink {
  return new Metrics({ namespace: METRIC_NAMESPACE, serviceName });
}
