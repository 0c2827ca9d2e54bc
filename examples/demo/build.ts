import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** What the page names: other files have a hash in their name already. */
const ENTRIES = new Set(['main', 'styles', 'favicon']);

const here = (file: string) => path.join(import.meta.dirname, file);

/** One CommonJS bundle: it starts faster than ESM with the AWS SDK on Node 24 (66 ms against 86 ms to import). */
async function buildApi(): Promise<void> {
  await build({
    entryPoints: [here('api/index.ts')],
    outfile: here('dist/api/index.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/**
 * File names carry a hash of the content, so that a browser may keep a file and never shows an outdated one. What is loaded
 * later, such as the languages of the dialog, is in files of its own.
 */
async function buildSite(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: { main: here('site/main.ts'), styles: here('site/styles.css') },
    outdir: here('dist/site/assets'),
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    target: ['chrome120', 'firefox124', 'safari17.4'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  const icon = { path: here('site/favicon.svg'), contents: await readFile(here('site/favicon.svg')) };
  let page = await readFile(here('site/index.html'), 'utf8');
  await mkdir(here('dist/site/assets'), { recursive: true });
  for (const { path: file, contents } of [...outputFiles, icon]) {
    const { name, ext, base } = path.parse(file);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
    const hashed = ENTRIES.has(name) ? `${name}-${hash}${ext}` : base;
    await writeFile(here(`dist/site/assets/${hashed}`), contents);
    page = page.replace(`="${name}${ext}"`, `="/assets/${hashed}"`);
  }
  await writeFile(here('dist/site/index.html'), page);
}

await rm(here('dist'), { recursive: true, force: true });
await Promise.all([buildApi(), buildSite()]);
