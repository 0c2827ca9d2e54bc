import { countRejection, type Observers } from '../http/observe.ts';
import type { GuardObserver } from './options.ts';

/** What the guard does as metrics in the embedded format: `Touches`, `TouchWrites`, `Refusals` by `Code`, `WrongOriginSecrets`. */
export function guardObserver({ metrics }: Pick<Observers, 'metrics'>): GuardObserver {
  return {
    touched(written) {
      metrics.addMetric('Touches', 'Count', 1);
      if (written) metrics.addMetric('TouchWrites', 'Count', 1);
      metrics.publishStoredMetrics();
    },
    refused: (code) => countRejection({ metrics }, code),
    wrongOriginSecret: () => void metrics.singleMetric().addMetric('WrongOriginSecrets', 'Count', 1),
  };
}
