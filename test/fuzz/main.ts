import { parseArgs } from 'node:util';
import { play, type Run, textOf } from './play.ts';
import { createTargets } from './targets.ts';
import { createWorld } from './world.ts';

/**
 * `npm run test:fuzz -- --seed 1 --runs 60000`: sends requests that are nearly right, and some that are not, to every front,
 * and looks for a 5xx, for anything that nobody caught, and for secrets in replies and in the log.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string', default: '60000' },
    /** Makes the run of this seed only, and prints it. */
    only: { type: 'boolean', default: false },
  },
});
/** Further failures are counted, and not printed. */
const MAX_PRINTED = 20;

const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const runs = values.only ? 1 : Number(values.runs);
if (!values.only)
  console.log(`seed ${first}: to repeat all of it, npm run test:fuzz -- --seed ${first} --runs ${runs}`);

const uncaught: unknown[] = [];
process.on('unhandledRejection', (error) => uncaught.push(error));
process.on('uncaughtException', (error) => uncaught.push(error));

const world = createWorld();
await using targets = await createTargets(world);
const counts: Record<string, number> = {};
let failed = 0;
let shownAt = Date.now();
for (let seed = first; seed < first + runs; seed += 1) {
  const run = await play(world, targets, seed);
  counts[run.target] = (counts[run.target] ?? 0) + 1;
  const problems = [...run.problems, ...uncaught.splice(0).map((error) => `nobody caught: ${textOf(error)}`)];
  if (problems.length > 0) {
    failed += 1;
    if (failed <= MAX_PRINTED) print(seed, { ...run, problems });
  } else if (values.only) print(seed, run);
  if (Date.now() - shownAt < 10_000) continue;
  shownAt = Date.now();
  console.log(`${seed - first + 1} runs, ${failed} failed`);
}
console.log(JSON.stringify(counts));
console.log(`${runs - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function print(seed: number, { target, sent, problems }: Run): void {
  console.log(`\nnpm run test:fuzz -- --only --seed ${seed}`);
  console.log(`${target}: ${JSON.stringify(sent)?.slice(0, 2_000)}`);
  for (const problem of problems) console.log(`  ${problem.slice(0, 2_000)}`);
}
