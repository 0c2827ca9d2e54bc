import path from 'node:path';

/**
 * Runs one invocation of a built function in a process of its own, so that it can be killed: reads the event as JSON
 * from standard input, and writes the handler's answer, JSON, to standard output.
 *
 *     node handler-process.ts dist/functions/sweep/index.cjs
 */
const [, , module] = process.argv;
const { handler } = await import(path.resolve(module!));
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const deadline = Date.now() + 60_000;
const answer = await handler(JSON.parse(Buffer.concat(chunks).toString() || '{}'), {
  getRemainingTimeInMillis: () => deadline - Date.now(),
});
process.stdout.write(`\n${JSON.stringify(answer ?? null)}`);
