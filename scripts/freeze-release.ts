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

if (import.meta.main) {
  await freezeRelease();
  console.log(`froze the present code as ${LAST_RELEASE}`);
}
