import type { Observers } from '../../functions/http/observe.ts';

/** One line of the embedded metric format: the values by metric, and the dimensions they go by. */
export interface Flush {
  readonly values: Record<string, number[]>;
  readonly dimensions: Record<string, string>;
}

/** Observers that keep what they are told. */
export interface Recorder extends Observers {
  readonly flushes: Flush[];
  readonly lines: { level: string; message: string; data: Record<string, unknown> }[];
  /** Every value of a metric so far, over all flushes. */
  valuesOf(metric: string, dimensions?: Record<string, string>): number[];
}

export function createRecorder(): Recorder {
  const flushes: Flush[] = [];
  const lines: Recorder['lines'] = [];
  let values: Record<string, number[]> = {};
  const add = (to: Record<string, number[]>, name: string, value: number) => {
    to[name] = [...(to[name] ?? []), value];
  };
  const single = () => {
    const dimensions: Record<string, string> = {};
    const self = {
      addDimension(name: string, value: string) {
        dimensions[name] = value;
        return self;
      },
      addMetric(name: string, _unit: string, value: number) {
        flushes.push({ values: { [name]: [value] }, dimensions });
        return self;
      },
    };
    return self;
  };
  const metrics = {
    addMetric: (name: string, _unit: string, value: number) => add(values, name, value),
    hasStoredMetrics: () => Object.keys(values).length > 0,
    publishStoredMetrics() {
      flushes.push({ values, dimensions: {} });
      values = {};
    },
    singleMetric: single,
  };
  const log = (level: string) => (message: string, data: Record<string, unknown>) =>
    void lines.push({ level, message, data });
  return {
    flushes,
    lines,
    log: { info: log('info'), error: log('error') },
    metrics,
    valuesOf: (metric: string, dimensions: Record<string, string> = {}) =>
      flushes
        .filter((flush) =>
          Object.entries(dimensions).every(([name, value]) => flush.dimensions[name] === value),
        )
        .flatMap((flush) => flush.values[metric] ?? []),
  } as unknown as Recorder;
}
