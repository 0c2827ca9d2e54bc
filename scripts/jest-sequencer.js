import { statSync } from 'node:fs';
import TestSequencer from '@jest/test-sequencer';

/** Kinds of test by the name of their file, those whose suites take longest first. */
const KINDS = ['browser', 'integration', 'infra', 'property', 'contract', 'fuzz'];

/**
 * Begins the longest suites first, so that no worker is left with one of them at the end. The order is the same on every
 * machine: jest's own goes by the durations of earlier runs, which a fresh checkout does not have.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const ranked = tests.map((test) => ({ test, kind: kindOf(test.path), size: statSync(test.path).size }));
    return ranked.sort((a, b) => a.kind - b.kind || b.size - a.size).map(({ test }) => test);
  }
}

/** @returns the position in {@link KINDS}; plain `.test.ts` files come last */
function kindOf(file) {
  const kind = KINDS.findIndex((name) => file.endsWith(`.${name}.test.ts`));
  return kind < 0 ? KINDS.length : kind;
}
