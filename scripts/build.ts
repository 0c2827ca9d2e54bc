import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildWeb } from './build-web.ts';

/**
 * Builds what is deployed into `dist/`: one CommonJS bundle a function (`functions/<name>/index.ts` →
 * `dist/functions/<name>/index.cjs`), and the web side (see build-web.ts).
 */
export async function buildFunctions(): Promise<string[]> {
  const names = (await readdir('functions', { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && existsSync(`functions/${entry.name}/index.ts`))
    .map((entry) => entry.name);
  await Promise.all(
    names.map(async (name) => {
      await mkdir(`dist/functions/${name}`, { recursive: true });
      await build({
        entryPoints: [`functions/${name}/index.ts`],
        outfile: `dist/functions/${name}/index.cjs`,
        bundle: true,
        platform: 'node',
        target: 'node24',
        // CommonJS starts faster than ESM with the AWS SDK on Node 24 (66 ms against 86 ms to import).
        format: 'cjs',
        // Module-first: 331 kB instead of 525 kB for SDK + UpdateItem.
        mainFields: ['module', 'main'],
        minify: true,
        keepNames: true,
        legalComments: 'none',
        logLevel: 'warning',
      });
    }),
  );
  return names;
}

if (import.meta.main) {
  await rm('dist', { recursive: true, force: true });
  const [names] = await Promise.all([buildFunctions(), buildWeb()]);
  console.log(`built ${names.length} functions (${names.join(', ')}) and the web side`);
}
