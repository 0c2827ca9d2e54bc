import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { packageManifest, SERVER_ENTRIES, WEB_ENTRIES } from './package-manifest.ts';
import { wireTypes } from './wire-types.ts';

/** Where the package is put together. Built from `dist/` (npm run build) and the declarations (tsc -b). */
export const PACKAGE_FOLDER = 'dist/package';

/** Functions that are the demo's, and not deployed by the construct. */
const DEMO_FUNCTIONS = new Set(['notes']);
/** What a user brings, or need not have. */
const EXTERNAL = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', '@aws-sdk/*'];

const COMMON: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
};

/** Puts the package together. */
export async function buildPackage(folder = PACKAGE_FOLDER): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([
    buildServer(folder),
    buildCommand(folder),
    copyWeb(folder),
    copyFunctions(folder),
    copyTypes(folder),
    writeManifest(folder),
    copyFile('LICENSE', `${folder}/LICENSE`),
    copyFile('README.md', `${folder}/README.md`).catch(() => undefined),
  ]);
}

/** Readable, since it is debugged in others' servers; what entries share is in files of its own. */
async function buildServer(outdir: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: Object.fromEntries(
      Object.entries(SERVER_ENTRIES).map(([name, module]) => [name, `${module}.ts`]),
    ),
    outdir,
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    external: EXTERNAL,
  });
}

/** The command has everything in it: `npx curfew` works in an empty folder. */
async function buildCommand(folder: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: ['functions/admin/cli/main.ts'],
    outfile: `${folder}/cli.js`,
    minify: true,
    // Parts of the SDK are CommonJS and ask for Node's modules by require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

async function copyWeb(folder: string): Promise<void> {
  await Promise.all(
    [...WEB_ENTRIES.map((name) => `${name}.js`), 'dialog.css'].map((file) =>
      copyFile(`dist/web/${file}`, `${folder}/${file}`),
    ),
  );
}

/** The very bundles that were tested: a stack deploys them as they are. */
async function copyFunctions(folder: string): Promise<void> {
  for (const name of await readdir('dist/functions')) {
    if (!DEMO_FUNCTIONS.has(name)) {
      await cp(`dist/functions/${name}`, `${folder}/functions/${name}`, { recursive: true });
    }
  }
}

/**
 * The declarations that an entry's types reach, and no more. They name each other as they are found in a package
 * (`.js`), and the wire's types are spelled out: its schemas would bring zod along.
 */
async function copyTypes(folder: string): Promise<void> {
  const wanted = [
    ...Object.values(SERVER_ENTRIES).map((module) => `${module}.d.ts`),
    ...WEB_ENTRIES.map((name) => `web/${name}/index.d.ts`),
  ];
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
  const own = JSON.parse(await readFile('package.json', 'utf8')) as Parameters<typeof packageManifest>[0];
  await writeFile(`${folder}/package.json`, `${JSON.stringify(packageManifest(own), null, 2)}\n`);
}

if (import.meta.main) {
  await buildPackage();
  console.log(`wrote ${PACKAGE_FOLDER}`);
}
