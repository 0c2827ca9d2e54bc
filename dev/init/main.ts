import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stderr, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { init } from './command.ts';

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await lines.question(question);
  lines.close();
  return answer;
}

// The name of the package leads to itself, in a clone as well as where it is installed.
const manifest = fileURLToPath(import.meta.resolve('curfew/package.json'));

process.exitCode = await init(process.argv.slice(3), {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  ask: stdin.isTTY ? ask : undefined,
  hasColors: stdout.isTTY && stdout.hasColors(),
  version: JSON.parse(readFileSync(manifest, 'utf8')).version,
  examples: path.join(path.dirname(manifest), 'examples'),
});
