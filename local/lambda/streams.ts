import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import type { TerminalLog } from '../log.ts';
import type { LocalMapping } from '../template/triggers.ts';
import type { Functions } from './functions.ts';
import { StreamMapping } from './stream-mapping.ts';

/** The event source mappings of the template. */
export interface Streams {
  /** Resolves when every change so far has been delivered. */
  settled(): Promise<void>;
}

/** Connects the mappings of the template to the engine's streams. */
export function connectStreams(
  mappings: readonly LocalMapping[],
  engine: Engine,
  functions: Functions,
  log: TerminalLog,
): Streams {
  const connected = mappings.map((options) => ({
    tableName: options.tableName,
    mapping: new StreamMapping({
      ...options,
      invoke: (event) => functions.invoke(options.functionId, event),
      pause: (ms) => wait(ms),
      onGivenUp: ({ length }, error) =>
        log.notice(
          `${length} stream records given up here; AWS tries for as long as the mapping says: ${error}`,
        ),
    }),
  }));
  for (const [tableName, readers] of Map.groupBy(connected, (one) => one.tableName)) {
    engine.subscribe(tableName, (record) => {
      for (const { mapping } of readers) mapping.push(record);
    });
  }
  return {
    settled: async () => {
      await engine.settle();
      for (const { mapping } of connected) await mapping.drained();
    },
  };
}
