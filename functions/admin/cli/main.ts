#!/usr/bin/env node
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

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: stdin.isTTY ? ask : undefined,
  actor: process.env.CURFEW_ACTOR,
  connect: connector(() => Date.now()),
  restore: restorer(wait),
});
