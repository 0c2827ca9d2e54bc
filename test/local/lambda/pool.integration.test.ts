import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { LocalClock } from '../../../local/clock.ts';
import { FunctionPool, type LocalFunction } from '../../../local/lambda/pool.ts';

let folder: string;
const pools: FunctionPool[] = [];
const lines: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-pool-'));
});
afterEach(async () => {
  lines.splice(0);
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pool(file: string, source: string, definition: Partial<LocalFunction> = {}) {
  const bundle = path.join(folder, file);
  await writeFile(bundle, source);
  const made = new FunctionPool(
    {
      name: 'f',
      bundle,
      environment: { GREETING: 'hello' },
      timeoutMs: 5_000,
      memorySize: 128,
      ...definition,
    },
    new LocalClock().memory,
    (name, line) => lines.push(`${name}: ${line}`),
  );
  pools.push(made);
  return made;
}

test.each([
  ['index.cjs', 'exports.handler = async (event) => ({ ...event, greeting: process.env.GREETING });'],
  [
    'index.mjs',
    'const greeting = await Promise.resolve(process.env.GREETING);\nexport const handler = (event) => ({ ...event, greeting });',
  ],
])('a bundle %s is loaded as the Lambda runtime would load it', async (file, source) => {
  const made = await pool(file, source);
  await made.warm();
  expect(await made.invoke({ a: 1 })).toEqual({ ok: true, result: { a: 1, greeting: 'hello' } });
});

test.each([
  ['none.cjs', 'exports.other = 1;', 'none.cjs exports no function named handler'],
  ['none.mjs', 'export const handler = 1;', 'none.mjs exports no function named handler'],
  ['broken.cjs', 'throw new Error("broken on purpose");', 'broken on purpose'],
])('%s can’t be loaded, which is seen at once', async (file, source, message) => {
  await expect((await pool(file, source)).warm()).rejects.toThrow(message);
});

test('invocations that overlap run beside each other, and what they write is logged', async () => {
  const made = await pool(
    'slow.cjs',
    `const { threadId } = require('node:worker_threads');
exports.handler = async ({ n }) => { console.log('line', n); await new Promise((done) => setTimeout(done, 200)); return threadId; };`,
  );
  const outcomes = await Promise.all([made.invoke({ n: 1 }), made.invoke({ n: 2 })]);
  const threads = outcomes.map((outcome) => outcome.ok && outcome.result);
  expect(new Set(threads).size).toBe(2);
  expect(lines.sort()).toEqual(['f: line 1', 'f: line 2']);
  // An environment that is free is used again.
  expect(threads).toContain(((await made.invoke({ n: 3 })) as { result: unknown }).result);
});

test('the time of an invocation begins when its environment is ready, as in Lambda', async () => {
  const made = await pool(
    'cold.cjs',
    `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
const loadedAt = Date.now();
exports.handler = async (event, context) => Date.now() + context.getRemainingTimeInMillis() - loadedAt;`,
  );
  const outcome = (await made.invoke({})) as { result: number };
  expect(outcome.result).toBeGreaterThanOrEqual(5_000 - 1);
});

test('an exception and a time-out are outcomes; the next invocation finds a fresh environment', async () => {
  const made = await pool(
    'mixed.cjs',
    `let count = 0;
exports.handler = async ({ what }) => {
  count += 1;
  if (what === 'throw') throw new Error('on purpose');
  if (what === 'hang') await new Promise((done) => setTimeout(done, 60_000));
  return count;
};`,
    { timeoutMs: 2_000 },
  );
  await made.warm();
  expect(await made.invoke({ what: 'throw' })).toMatchObject({
    ok: false,
    error: expect.stringContaining('on purpose'),
  });
  expect(await made.invoke({})).toEqual({ ok: true, result: 2 });
  expect(await made.invoke({ what: 'hang' })).toEqual({ ok: false, error: 'f timed out after 2000 ms' });
  expect(await made.invoke({})).toEqual({ ok: true, result: 1 });
});
