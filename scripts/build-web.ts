import { copyFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { publishedEntries } from './package-manifest.ts';

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

/** Builds what pages import into `dist/web`: a file for each entry, which shares no code with another. */
export async function buildWeb(): Promise<void> {
  await build({
    ...BROWSER_BUNDLE,
    entryPoints: Object.fromEntries(publishedEntries('browser').map(({ name, module }) => [name, module])),
    outdir: 'dist/web',
    external: ['react', 'react/*', 'react-dom', 'react-dom/*'],
    jsx: 'automatic',
  });
  await copyFile('web/element/dialog.css', 'dist/web/dialog.css');
}

if (import.meta.main) await buildWeb();
