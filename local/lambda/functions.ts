import type { LocalClock } from '../clock.ts';
import type { TerminalLog } from '../log.ts';
import { FunctionPool, type LocalFunction } from './pool.ts';
import { oneTurn } from './sweep-turns.ts';
import type { Outcome } from './worker.ts';

export interface FunctionsOptions {
  /** By logical id. */
  readonly definitions: ReadonlyMap<string, LocalFunction>;
  /** Variables of every function; they override the template's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: LocalClock;
  readonly log: TerminalLog;
}

/** The functions of the template. An invocation that fails is always in the log. */
export class Functions {
  private readonly pools: ReadonlyMap<string, FunctionPool>;
  private readonly log: TerminalLog;

  constructor({ definitions, environment, clock, log }: FunctionsOptions) {
    this.log = log;
    this.pools = new Map(
      [...definitions].map(([id, definition]) => {
        const variables = { ...definition.environment, ...environment, ...oneTurn(definition) };
        const resolved = { ...definition, environment: variables };
        return [id, new FunctionPool(resolved, clock.memory, (name, line) => log.fromFunction(name, line))];
      }),
    );
  }

  /** Starts an environment of each. @throws Error of a bundle that can't be loaded */
  async warm(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.warm()));
  }

  /** @throws Error for a logical id that is not a function's: the template was read with such an id */
  async invoke(id: string, event: unknown): Promise<Outcome> {
    const pool = this.pools.get(id);
    if (!pool) throw new Error(`there is no function ${id}`);
    const outcome = await pool.invoke(event);
    if (!outcome.ok) this.log.failure(pool.definition.name, outcome.error);
    return outcome;
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
  }
}
