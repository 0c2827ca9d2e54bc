import { execFileSync } from 'node:child_process';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { BROWSER_BUNDLE } from './build-web.ts';

/** Where the code of the last release is kept, for the tests of `test/compat` to run beside the present one. */
export const LAST_RELEASE = 'test/compat/last-release';

/** What the compatibility tests use of a release: see `test/compat/releases.ts`. */
const SERVER = `
export { definePolicy } from './core/policy.ts';
export { transitionOf } from './functions/publish/transition.ts';
export { createSessionHandler } from './test/support/handlers.ts';
export { bindSession, checkRun } from './functions/sessions/binding.ts';
export { checkSession } from './functions/sessions/check.ts';
export { cancelCloseGrace, startCloseGrace } from './functions/sessions/close-grace.ts';
export { parseCredential } from './functions/sessions/credential.ts';
export { endSession } from './functions/sessions/end.ts';
export { startSession } from './functions/sessions/start.ts';
export { touchCoalesced, touchSession } from './functions/sessions/touch.ts';
export { createDynamoStore } from './functions/store/dynamodb/store.ts';
export { createMemoryStore } from './functions/store/memory.ts';
export { sweep } from './functions/sweep/sweep.ts';
`;

const SERVER_OPTIONS: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Bundles the present code as the last release. Run when a release is made, and at no other time. */
export async function freezeRelease(folder = LAST_RELEASE): Promise<void> {
  await build({
    ...SERVER_OPTIONS,
    stdin: { contents: SERVER, resolveDir: '.', loader: 'ts' },
    // Engines and clients are the tests' own.
    external: ['@aws-sdk/*'],
    outfile: `${folder}/server.mjs`,
  });
  const pages = ['client', 'element', 'browser-close'];
  await build({
    ...BROWSER_BUNDLE,
    entryPoints: Object.fromEntries(pages.map((name) => [name, `web/${name}/index.ts`])),
    outdir: folder,
  });
}

/** What a deployment of the demo is made of, in a frozen release: names of files and their texts, as JSON. */
export const ASSEMBLY = 'assembly.json.br';

/** The template, what the CDK's CLI reads beside it, and the code of the functions; not the site, nor what copies it. */
const ASSEMBLED = ['cdk.out', 'manifest.json', '*.{assets,metadata,template}.json', 'asset.*/index.cjs'];

/**
 * Keeps the cloud assembly of the last release.
 *
 * @param assembly the folder of one, as the CDK has written it
 */
export async function freezeAssembly(assembly: string, folder = LAST_RELEASE): Promise<void> {
  const names: string[] = [];
  for await (const name of glob(ASSEMBLED, { cwd: assembly })) names.push(name);
  // The CLI wants the file, which says by paths of this machine where each construct was made.
  const read = async (name: string) =>
    name.endsWith('.metadata.json') ? '{}' : readFile(path.join(assembly, name), 'utf8');
  const files: Record<string, string> = {};
  for (const name of names.sort()) files[name] = await read(name);
  // The functions have most of their code in common: a window over all of them keeps it once.
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  await writeFile(path.join(folder, ASSEMBLY), brotliCompressSync(JSON.stringify(files), { params }));
}

if (import.meta.main) {
  const run = (...args: string[]) => execFileSync(process.execPath, args, { stdio: 'inherit' });
  // What was built before may be of other code.
  run('scripts/build.ts');
  await freezeRelease();
  const assembly = 'cdk.out/frozen';
  // The CDK leaves the code of an earlier synthesis there.
  await rm(assembly, { recursive: true, force: true });
  run('node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', assembly);
  await freezeAssembly(assembly);
  console.log(`froze the present code as ${LAST_RELEASE}`);
}
