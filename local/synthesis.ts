import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

/** The root of the repository. */
const ROOT = path.join(import.meta.dirname, '..');

/** The CDK's own configuration: the command that runs the app, and its context. */
const CdkConfiguration = z.object({
  app: z.templateLiteral(['node ', z.string()]),
  context: z.record(z.string(), z.unknown()),
});

/** A step that was run and failed; its output says why. */
export class StepError extends Error {}

/**
 * Builds what is deployed, as `npm run build` does.
 *
 * @param signal stops it, children and all
 * @throws StepError with the builder's output
 */
export async function build(signal?: AbortSignal): Promise<void> {
  await run('build', ['scripts/build.ts'], {}, signal);
}

export interface SynthesisOptions {
  /** CDK context on top of that of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  /** Takes an earlier synthesis of the very same inputs, if there is one. */
  readonly reuse: boolean;
  /** Stops it. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the CDK app, which is what `cdk deploy` runs.
 *
 * @returns the folder of the cloud assembly
 * @throws StepError with the app's output
 */
export async function synthesize({ context, reuse, signal }: SynthesisOptions): Promise<string> {
  const configuration = CdkConfiguration.parse(
    JSON.parse(await readFile(path.join(ROOT, 'cdk.json'), 'utf8')),
  );
  const app = configuration.app.replace(/^node /, '');
  const all = { ...configuration.context, 'curfew:stage': 'local', ...context };
  const folder = path.join(ROOT, 'cdk.out', 'local', await fingerprint(app, all));
  if (reuse && existsSync(path.join(folder, 'manifest.json'))) return folder;
  // Into a folder of its own first: two starts at once never see half an assembly.
  const fresh = `${folder}.${process.pid}.${Date.now()}`;
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    const environment = {
      CDK_OUTDIR: fresh,
      CDK_CONTEXT_JSON: JSON.stringify(all),
      // The CDK's validation takes two thirds of the time, and this stage is never deployed.
      CDK_VALIDATION: 'false',
    };
    await run('synthesis', [app], environment, signal);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder).catch((error) => {
      if (!existsSync(path.join(folder, 'manifest.json'))) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** What the assembly is made from: the context, the app and the constructs, and what is deployed. */
async function fingerprint(app: string, context: Readonly<Record<string, unknown>>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(context));
  const inputs = [
    path.dirname(app),
    'infra',
    'core',
    'package-lock.json',
    'dist/functions',
    // Folders that a caller builds elsewhere; the app's own are inside its folder.
    ...['curfew:bundles', 'curfew:api', 'curfew:site'].flatMap((key) => context[key] ?? []).map(String),
  ];
  for (const input of inputs) {
    for (const file of await files(path.resolve(ROOT, input))) {
      const { size, mtimeMs } = await stat(file);
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function files(start: string): Promise<string[]> {
  if (!existsSync(start)) return [];
  if ((await stat(start)).isFile()) return [start];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** A process that is a group of its own can be ended with its children. Windows has no such groups. */
const HAS_GROUPS = process.platform !== 'win32';

async function run(
  step: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: HAS_GROUPS,
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const stop = () => end(child);
  signal?.addEventListener('abort', stop);
  try {
    const [code] = await once(child, 'close');
    if (code !== 0) {
      throw new StepError(`the ${step} failed (node ${args.join(' ')}):\n${Buffer.concat(output)}`);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function end(child: ChildProcess): void {
  if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  else child.kill('SIGTERM');
}
