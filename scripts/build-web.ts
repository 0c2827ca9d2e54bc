import { copyFile } from 'node:fs/promises';
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

/** Builds the published modules of the browser's side into `dist/web`. */
export async function buildWeb(): Promise<void> {
  await build({
    ...BROWSER_BUNDLE,
    entryPoints: Object.fromEntries(ENTRIES.map((name) => [name, `web/${name}/index.ts`])),
    outdir: 'dist/web',
    external: ['react', 'react/*', 'react-dom', 'react-dom/*'],
    jsx: 'automatic',
  });
  await copyFile('web/element/dialog.css', 'dist/web/dialog.css');
}

if (import.meta.main) await buildWeb();
