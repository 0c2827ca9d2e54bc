#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { stderr as stderrStream, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { connector, restorer } from './connect.ts';
import { run } from './run.ts';

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderrStream });
  const answer = await lines.question(question);
  lines.close();
  return answer;
}

// The name of the package leads to itself, in a clone as well as where it is installed.
const manifest = new URL(import.meta.resolve('curfew/package.json'));

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: stdin.isTTY ? ask : undefined,
  actor: process.env.CURFEW_ACTOR,
  version: JSON.parse(readFileSync(manifest, 'utf8')).version,
  connect: connector(() => Date.now()),
  restore: restorer(wait),
});
