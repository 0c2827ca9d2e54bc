import { copyFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { publishedEntries } from './package-manifest.ts';

/**
 * Fields of the records that the client's parts share (`Client`, `Plan`, `TabChannel`, `Answer`) and that nothing outside
 * its bundle reads: they are written short there, which is 6 % of its size gzipped. Never a name that goes over the
 * wire, into storage, to another tab or through the API, nor one of the DOM's.
 */
export const CLIENT_INTERNALS = [
  'ask',
  'broadcast',
  'busy',
  'checking',
  'doFetch',
  'events',
  'failures',
  'heardAt',
  'holds',
  'intervalMs',
  'jitter',
  'jumped',
  'options',
  'ownAt',
  'problem',
  'pulseDue',
  'retryAt',
  'session',
  'setTimer',
  'shared',
  'snapshot',
  'stopper',
  'tabs',
  'time',
  'toDevice',
  'toldAt',
  'unconfirmed',
  'update',
  'wakesAt',
  'withTabLock',
] as const;

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
  await Promise.all(
    publishedEntries('browser').map(({ name, module }) =>
      build({
        ...BROWSER_BUNDLE,
        entryPoints: [module],
        outfile: `dist/web/${name}.js`,
        external: ['react', 'react/*', 'react-dom', 'react-dom/*'],
        ...(name === 'client' && { mangleProps: new RegExp(`^(?:${CLIENT_INTERNALS.join('|')})$`) }),
      }),
    ),
  );
  await copyFile('web/element/dialog.css', 'dist/web/dialog.css');
}

if (import.meta.main) await buildWeb();
