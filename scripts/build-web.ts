import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/** What others import: one file each, with nothing in it that another of them has to share. */
const ENTRIES = ['client', 'element', 'drafts', 'react', 'browser-close'] as const;

/** How everything that runs in a browser is bundled. */
export const BROWSER_BUNDLE: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome120', 'firefox124', 'safari17.4'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Builds the browser's side: the published modules into `dist/web`, the demo site into `dist/site`. */
export async function buildWeb(): Promise<void> {
  await Promise.all([buildModules(), buildSite()]);
}

async function buildModules(): Promise<void> {
  await build({
    ...BROWSER_BUNDLE,
    entryPoints: Object.fromEntries(ENTRIES.map((name) => [name, `web/${name}/index.ts`])),
    outdir: 'dist/web',
    external: ['react', 'react/*', 'react-dom', 'react-dom/*'],
    jsx: 'automatic',
  });
  await copyFile('web/element/dialog.css', 'dist/web/dialog.css');
}

/** Names carry a hash of their content, so that a browser may keep them for ever and never has an old one. */
async function buildSite(): Promise<void> {
  await mkdir('dist/site/assets', { recursive: true });
  const { outputFiles } = await build({
    ...BROWSER_BUNDLE,
    entryPoints: { main: 'web/demo/main.ts', styles: 'web/demo/styles.css' },
    outdir: 'dist/site/assets',
    write: false,
  });
  let page = await readFile('web/demo/index.html', 'utf8');
  const icon = { path: 'favicon.svg', contents: await readFile('web/demo/favicon.svg') };
  for (const { path: file, contents } of [...outputFiles, icon]) {
    const { name, ext } = path.parse(file);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
    await writeFile(`dist/site/assets/${name}-${hash}${ext}`, contents);
    page = page.replace(`="${name}${ext}"`, `="/assets/${name}-${hash}${ext}"`);
  }
  await writeFile('dist/site/index.html', page);
}

if (import.meta.main) await buildWeb();
