import { type FunctionEnvironment, SWEEP_SCHEDULE_MS } from '../../core/contract.ts';
import type { LocalFunction } from './pool.ts';

/**
 * A sweep more often than a schedule can be takes turns within an invocation. Here its schedule is as frequent as
 * its turns, and each invocation takes one: a moved clock could not wait for the turns within an invocation.
 */
const SWEEP_EVERY_MS = 'SWEEP_EVERY_MS' satisfies keyof FunctionEnvironment;

/** @returns how often a function takes its turns, ms; undefined for a function that takes none */
export function sweepTurnMs(definition: LocalFunction | undefined): number | undefined {
  const value = definition?.environment[SWEEP_EVERY_MS];
  return value === undefined ? undefined : Number(value);
}

/** Variables with which a function takes one turn an invocation. */
export function oneTurn(definition: LocalFunction): FunctionEnvironment {
  return sweepTurnMs(definition) === undefined ? {} : { [SWEEP_EVERY_MS]: String(SWEEP_SCHEDULE_MS) };
}
