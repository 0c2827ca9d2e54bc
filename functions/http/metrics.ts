import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, SERVICE_NAME } from '../../core/contract.ts';
import type { MetricSink } from './observe.ts';

/** Metrics in the embedded metric format: lines of the log, and no request to CloudWatch. */
export function createMetrics(): MetricSink {
  return new Metrics({ namespace: METRIC_NAMESPACE, serviceName: SERVICE_NAME });
}
