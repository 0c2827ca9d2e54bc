import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin, transform } from 'esbuild';
import { minify as terser } from 'terser';
import { minify as oxc } from 'vite';
import { type Entry, publishedEntries, publishedLocales } from './package-manifest.ts';

/**
 * Fields of the records that the client's parts share (`Client`, `Plan`, `TabChannel`) and that nothing outside
 * its bundle reads: they are written short there, which is 6 % of its size gzipped. Never a name that goes over the
 * wire, into storage, to another tab or through the API, nor one of the DOM's.
 */
export const CLIENT_INTERNALS = [
  'ask',
  'askedOf',
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
  'late',
  'options',
  'ownAt',
  'pulseDue',
  'read',
  'retryAt',
  'send',
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

/** The oldest browsers that are built for. */
const BROWSERS = ['chrome120', 'firefox124', 'safari17.4'];

/** The same for the element: fields of its parts, none of which is its API, the client's, a text or the DOM's. */
export const ELEMENT_INTERNALS = [
  'absoluteLeftMs',
  'againLink',
  'ask',
  'buttons',
  'cardElement',
  'choice',
  'choose',
  'connect',
  'dismissButton',
  'dismissed',
  'headingElement',
  'isCleared',
  'isDismissible',
  'isMissing',
  'isModal',
  'isMoving',
  'isOffline',
  'isOwnSignOut',
  'isTold',
  'known',
  'leaveButton',
  'liveRegion',
  'onCovered',
  'onInput',
  'pageTag',
  'raise',
  'setSession',
  'signInHref',
  'stayButton',
  'timeoutMs',
  'view',
  'whole',
  'write',
] as const;

/** The names that are written short in a bundle. */
const INTERNALS: Readonly<Record<string, readonly string[]>> = {
  client: CLIENT_INTERNALS,
  element: ELEMENT_INTERNALS,
  react: ELEMENT_INTERNALS,
  vue: ELEMENT_INTERNALS,
};

/** How everything that runs in a browser is bundled. */
export const BROWSER_BUNDLE: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: BROWSERS,
  minify: true,
  legalComments: 'none',
  // A module is UTF-8 whatever its page is: escapes would make Japanese and Chinese three times as long.
  charset: 'utf8',
  logLevel: 'warning',
};

/** Styles are a text to the bundler: they are minified on their own. */
const minifiedStyles: Plugin = {
  name: 'minified styles',
  setup({ onLoad }) {
    // A path has the separators of the machine.
    onLoad({ filter: /[\\/](?:web[\\/]element|dev[\\/]panel)[\\/]styles\.ts$/ }, async ({ path: file }) => {
      const { STYLES }: { STYLES: string } = await import(pathToFileURL(file).href);
      const { code } = await transform(STYLES, { loader: 'css', minify: true, target: BROWSERS });
      // The values of custom properties are left as they are by it.
      const short = code.trim().replaceAll(/(--[\w-]+): |, /g, (_, name) => (name ? `${name}:` : ','));
      return { contents: `export const STYLES = ${JSON.stringify(short)};` };
    });
  },
};

/** A language is loaded from beside the dialog, `element/locales/<language>.js`, where the published package has it, too. */
const localesBeside: Plugin = {
  name: 'locales beside the dialog',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/[\w-]+\.ts$/ }, ({ path: file, kind }) =>
      kind === 'dynamic-import'
        ? { path: `./element/${file.slice(2).replace(/ts$/, 'js')}`, external: true }
        : undefined,
    );
  },
};

/** What the development server puts into pages. */
const PANEL: Entry = { name: 'dev/panel', module: 'dev/panel/index.ts' };

/** Builds what pages import into `dist/web`: a file for each entry, which shares no code with another, and for each language. */
export async function buildWeb(): Promise<void> {
  await Promise.all(
    [...publishedEntries('browser'), ...publishedLocales(), PANEL].map(async ({ name, module }) => {
      const outfile = `dist/web/${name}.js`;
      const { outputFiles } = await build({
        ...BROWSER_BUNDLE,
        entryPoints: [module],
        outfile,
        write: false,
        plugins: [minifiedStyles, localesBeside],
        external: ['react', 'react/*', 'react-dom', 'react-dom/*', 'vue'],
        // It runs before any module of the page, and has to keep its names to itself.
        ...(name === PANEL.name && { format: 'iife' }),
        ...(INTERNALS[name] && { mangleProps: new RegExp(`^(?:${INTERNALS[name].join('|')})$`) }),
      });
      // What one minifier has left, the next finds: 3 % of what is downloaded.
      const { code: shorter = '' } = await terser(outputFiles.map(({ text }) => text).join(''), {
        module: true,
        // A module of React's begins with one that terser does not know.
        compress: { passes: 3, directives: false },
      });
      const { code, errors } = await oxc(outfile, shorter, { module: true, compress: { target: BROWSERS } });
      if (errors.length > 0) throw new Error(`${outfile}: ${errors[0]?.message}`);
      await mkdir(path.dirname(outfile), { recursive: true });
      // Some tools find an import by a text in quotation marks only.
      await writeFile(outfile, code.replaceAll(/import\(`([^`$]+)`\)/g, 'import("$1")'));
    }),
  );
  await copyFile('web/element/dialog.css', 'dist/web/dialog.css');
}

if (import.meta.main) await buildWeb();
