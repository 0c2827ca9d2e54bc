import { copyFile, cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild';
import { exampleSources, TEMPLATES } from '../dev/init/example.ts';
import {
  COMMON_JS,
  packageManifest,
  publishedEntries,
  publishedLocales,
  readOwnManifest,
} from './package-manifest.ts';
import { FUNCTIONS_METAFILE, writeThirdParty } from './third-party.ts';
import { wireTypes } from './wire-types.ts';

/** Where the package is put together. Built from `dist/` (npm run build) and the declarations (tsc -b). */
export const PACKAGE_FOLDER = 'dist/package';

/** What users install themselves, where they need it at all. */
const EXTERNAL = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', '@aws-sdk/*'];

const COMMON = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} satisfies BuildOptions;

/** Puts the package together. */
export async function buildPackage(folder = PACKAGE_FOLDER): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [server, command] = await Promise.all([
    buildServer(folder),
    buildCommand(folder),
    copyWeb(folder),
    copyFunctions(folder),
    copyTypes(folder),
    writeManifest(folder),
    copyDocuments(folder),
    copyTemplates(folder),
  ]);
  await Promise.all([
    writeCommonJs(folder),
    // Pages get modules that have nothing in them but ours.
    writeThirdParty(folder, [server, command, JSON.parse(await readFile(FUNCTIONS_METAFILE, 'utf8'))]),
  ]);
}

/** The panel goes into the development server as a text: in the package, no other file knows where that one is. */
const panelAsText: Plugin = {
  name: 'panel as a text',
  setup({ onLoad }) {
    onLoad({ filter: /\/dev\/panel-module\.ts$/ }, async () => {
      const text = await readFile('dist/web/dev/panel.js', 'utf8');
      return { contents: `export const panelModule = async () => ${JSON.stringify(text)};` };
    });
  },
};

/** Readable, since it is debugged in others' servers; what entries share is in files of its own. */
async function buildServer(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: Object.fromEntries(publishedEntries('server').map(({ name, module }) => [name, module])),
    outdir,
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    external: EXTERNAL,
    plugins: [panelAsText],
  });
  return metafile;
}

/** The command has everything in it: it runs where nothing else is installed. */
async function buildCommand(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ['dev/main.ts'],
    outfile: `${folder}/cli.js`,
    minify: true,
    plugins: [panelAsText],
    // Parts of the SDK are CommonJS and ask for Node's modules by require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return metafile;
}

/**
 * Each module once more as CommonJS, file by file, so that entries share what they share as modules: Jest without its flag for
 * modules, and TypeScript that compiles to `require`, know nothing else.
 */
async function writeCommonJs(folder: string): Promise<void> {
  const target = path.join(folder, COMMON_JS);
  await mkdir(target);
  await writeFile(`${target}/package.json`, '{ "type": "commonjs" }\n');
  for await (const file of glob('**/*.js', {
    cwd: folder,
    exclude: ['functions/**', 'cli.js', `${COMMON_JS}/**`],
  })) {
    const { code } = await transform(await readFile(path.join(folder, file), 'utf8'), {
      format: 'cjs',
      platform: 'node',
      define: { 'import.meta.dirname': '__dirname' },
    });
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await writeFile(path.join(target, file), code);
  }
  await Promise.all(
    ['types', 'dialog.css.d.ts'].map((file) =>
      cp(`${folder}/${file}`, `${target}/${file}`, { recursive: true }),
    ),
  );
}

/** What a reader finds beside the code: the documentation without the gallery, whose pictures are larger than all the rest. */
async function copyDocuments(folder: string): Promise<void> {
  const pictures = /^docs\/(?:images|gallery\.md)/;
  const shown = (await readFile('README.md', 'utf8')).match(/docs\/images\/[^)]+/g) ?? [];
  await cp('docs', `${folder}/docs`, { recursive: true, filter: (file) => !pictures.test(file) });
  await Promise.all(
    ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', ...shown].map((file) =>
      cp(file, `${folder}/${file}`),
    ),
  );
}

/** What `curfew init` fills an empty folder with. */
async function copyTemplates(folder: string): Promise<void> {
  for (const template of TEMPLATES) {
    const example = path.join('examples', template);
    for await (const file of exampleSources(example)) {
      await mkdir(path.dirname(path.join(folder, example, file)), { recursive: true });
      await copyFile(path.join(example, file), path.join(folder, example, file));
    }
  }
}

async function copyWeb(folder: string): Promise<void> {
  // TypeScript 6 wants to know what a style sheet is, too, that is imported for its effect.
  await writeFile(`${folder}/dialog.css.d.ts`, 'export {};\n');
  await mkdir(`${folder}/testing`, { recursive: true });
  await Promise.all([
    ...[...publishedEntries('browser').map(({ name }) => `${name}.js`), 'dialog.css'].map((file) =>
      copyFile(`dist/web/${file}`, `${folder}/${file}`),
    ),
    cp('dist/web/element', `${folder}/element`, { recursive: true }),
  ]);
}

/** The very bundles that were tested: a stack deploys them as they are. */
async function copyFunctions(folder: string): Promise<void> {
  await cp('dist/functions', `${folder}/functions`, { recursive: true });
}

/**
 * The declarations that an entry's types reach, and no more. They name each other as they are found in a package
 * (`.js`), and the wire's types are spelled out: its schemas would bring zod along.
 */
async function copyTypes(folder: string): Promise<void> {
  const wanted = [...publishedEntries('server'), ...publishedEntries('browser'), ...publishedLocales()].map(
    ({ module }) => module.replace(/\.ts$/, '.d.ts'),
  );
  const seen = new Set<string>();
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = file === 'core/protocol.d.ts' ? wireTypes() : await readFile(`.build/types/${file}`, 'utf8');
    for (const [, relative] of text.matchAll(/from '(\.[^']+)\.ts'|import '(\.[^']+)\.ts'/g)) {
      if (relative) wanted.push(path.posix.join(path.posix.dirname(file), `${relative}.d.ts`));
    }
    await mkdir(path.dirname(`${folder}/types/${file}`), { recursive: true });
    await writeFile(`${folder}/types/${file}`, text.replaceAll(/(['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2'));
  }
}

async function writeManifest(folder: string): Promise<void> {
  await writeFile(
    `${folder}/package.json`,
    `${JSON.stringify(packageManifest(readOwnManifest()), null, 2)}\n`,
  );
}

if (import.meta.main) {
  await buildPackage();
  console.log(`wrote ${PACKAGE_FOLDER}`);
}
