import { parseArgs } from 'node:util';
import { deniedOf } from '../roles/evaluate.ts';
import { synthesizedRoles } from '../roles/service.ts';
import { noDynamoDbLocal, startDynamoDbLocal } from '../support/engines.ts';
import type { History } from './observations.ts';
import { play } from './play.ts';
import { violationsIn } from './promises.ts';
import { createGround } from './world.ts';

/**
 * `npm run test:histories -- --seed 1 --minutes 10`: plays random histories of concurrent users, sweeps and deliveries
 * against the handlers, through a network that fails, and checks each against the promises. What the functions asked of the
 * table is evaluated against their roles.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    operations: { type: 'string', default: '10000' },
    minutes: { type: 'string' },
    /** Plays the history of this seed only, and prints all of it. */
    only: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const endsAt = values.minutes === undefined ? undefined : Date.now() + Number(values.minutes) * 60_000;
const wanted = Number(values.operations);

if (noDynamoDbLocal) {
  console.log(`SKIPPED: ${noDynamoDbLocal}`);
  process.exit(0);
}
console.log(`seed ${first}: to repeat the histories, npm run test:histories -- --seed ${first}`);
const engine = await startDynamoDbLocal();
const ground = await createGround(engine);
let passed = 0;
let failed = 0;
let operations = 0;
let shownAt = Date.now();
const isEnough = () => (endsAt === undefined ? operations >= wanted : Date.now() >= endsAt);
for (let seed = first; !isEnough() && !(values.only && seed > first); seed += 10) {
  const played = await play(ground, seed);
  operations += played.operations;
  const violations = violationsIn(played.history);
  if (violations.length === 0) passed += 1;
  else failed += 1;
  for (const violation of violations) console.log(JSON.stringify({ seed, ...violation }));
  if (values.only) print(played.history);
  if (Date.now() - shownAt < 10_000) continue;
  shownAt = Date.now();
  console.log(`${operations} operations, ${faults()} faults, ${passed + failed} histories, ${failed} failed`);
}
await ground.close();
await engine.stop();
const denied = await deniedRequests();
for (const request of denied) console.log(JSON.stringify({ denied: request }));
if (denied.length === 0) passed += 1;
else failed += 1;
console.log(`${operations} operations, ${JSON.stringify(ground.table.injected)}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function faults(): number {
  return Object.values(ground.table.injected).reduce((total, count) => total + count, 0);
}

/** What the functions asked of the table and their roles do not allow. */
async function deniedRequests(): Promise<object[]> {
  const denied: object[] = [];
  const asked = ground.asked.list();
  for (const [name, permissions] of await synthesizedRoles()) {
    const [table = ''] = permissions.flatMap(({ resource }) => /:table\/[^/]+/.exec(resource) ?? []);
    const kinds = asked.filter(({ role }) => role === name);
    // Each history has a table of its own.
    const moved = kinds.map((kind) => ({ ...kind, resource: kind.resource.replace(/:table\/[^/]+/, table) }));
    denied.push(...(await deniedOf(permissions, moved)));
  }
  return denied;
}

/** A history, for whoever looks for what went wrong in it. */
function print({ observations, versions }: History): void {
  for (const { json: _, ...request } of observations) console.log(JSON.stringify(request));
  for (const [sessionId, rows] of versions) {
    console.log(sessionId);
    for (const { session, dueAt, readAt } of rows) console.log(JSON.stringify({ readAt, dueAt, ...session }));
  }
}
