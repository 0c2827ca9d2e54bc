import fc from 'fast-check';

/**
 * The same values in every run, so that a run which fails can be repeated, and one which passed passes again. Other values:
 * `CURFEW_SEED=7 npm run jest -- fuzz property`.
 */
fc.configureGlobal({ seed: Number(process.env.CURFEW_SEED ?? 1) });

/** How many random values a property is tried with: `base` in `npm test`, and `CURFEW_RUNS` times as many where it is set. */
export function runs(base: number): { readonly numRuns: number } {
  return { numRuns: base * Number(process.env.CURFEW_RUNS ?? 1) };
}

export default fc;
