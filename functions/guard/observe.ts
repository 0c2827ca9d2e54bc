import type { Observers } from '../http/observe.ts';
import type { GuardObserver } from './guard.ts';

/** The guard's doings as metrics in the embedded format: `Touches`, `TouchWrites`, `Refusals` by `Code`. */
export function guardObserver({ metrics }: Pick<Observers, 'metrics'>): GuardObserver {
  return {
    touched(written) {
      metrics.addMetric('Touches', 'Count', 1);
      if (written) metrics.addMetric('TouchWrites', 'Count', 1);
      metrics.publishStoredMetrics();
    },
    refused(code) {
      metrics.singleMetric().addDimension('Code', code).addMetric('Refusals', 'Count', 1);
    },
  };
}
