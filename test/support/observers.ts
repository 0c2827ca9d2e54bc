import type { Observers } from '../../functions/http/observe.ts';

/** One line of the embedded metric format: the values by metric, and the dimensions that they have. */
export interface Flush {
  readonly values: Record<string, number[]>;
  readonly dimensions: Record<string, string>;
  /** Epoch ms; undefined: the time at which it was printed. */
  readonly at?: number;
}

/** Observers that keep what they are told. */
export interface Recorder extends Observers {
  readonly flushes: Flush[];
  readonly lines: { level: string; message: string; data: Record<string, unknown> }[];
  /** How often each metric was added, flushed or not: `Touches`, or `Refusals Code=ERR_INTERNAL`. */
  readonly counts: Record<string, number>;
  /** Every value of a metric so far, over all flushes. */
  valuesOf(metric: string, dimensions?: Record<string, string>): number[];
  /** All lines as one text, to look for what must not be in them. */
  said(): string;
}

export function createRecorder(): Recorder {
  const flushes: Flush[] = [];
  const lines: Recorder['lines'] = [];
  const counts: Record<string, number> = {};
  let values: Record<string, number[]> = {};
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const singleMetric = () => {
    const dimensions: Record<string, string> = {};
    let time: { at?: number } = {};
    const self = {
      setTimestamp(at: number) {
        time = { at };
        return self;
      },
      addDimension(name: string, value: string) {
        dimensions[name] = value;
        return self;
      },
      addMetric(name: string, _unit: string, value: number) {
        count([name, ...Object.entries(dimensions).map(([key, text]) => `${key}=${text}`)].join(' '));
        flushes.push({ values: { [name]: [value] }, dimensions, ...time });
        return self;
      },
    };
    return self;
  };
  const metrics = {
    addMetric(name: string, _unit: string, value: number) {
      count(name);
      values[name] = [...(values[name] ?? []), value];
    },
    hasStoredMetrics: () => Object.keys(values).length > 0,
    publishStoredMetrics() {
      flushes.push({ values, dimensions: {} });
      values = {};
    },
    singleMetric,
  };
  const log = (level: string) => (message: unknown, data: Record<string, unknown>) =>
    void lines.push({ level, message: String(message), data });
  return {
    flushes,
    lines,
    counts,
    log: { info: log('info'), error: log('error') },
    metrics,
    said: () => JSON.stringify(lines),
    valuesOf: (metric: string, dimensions: Record<string, string> = {}) =>
      flushes
        .filter((flush) =>
          Object.entries(dimensions).every(([name, value]) => flush.dimensions[name] === value),
        )
        .flatMap((flush) => flush.values[metric] ?? []),
  } as unknown as Recorder;
}
