import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildPackage } from '../../scripts/package.ts';

/** The root of this repository. */
export const ROOT = path.join(import.meta.dirname, '../..');
/** By its path: a second compiler, which the API reference is generated with, has a command of the same name. */
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');

/** A project on this machine that has installed the package from its tarball, as a user's has. */
export interface Project {
  readonly folder: string;
  /** The installed package. */
  readonly installed: string;
  readonly tarball: string;
  /** Runs a command of Node. @returns its output @throws Error with what the command printed */
  node(args: readonly string[], options?: { readonly cwd?: string; readonly env?: object }): Promise<string>;
  /** Runs npm in a folder of the project. @throws Error with what it printed */
  npm(cwd: string, args: readonly string[], env?: object): Promise<string>;
  /** Checks files by their patterns, as a strict user does. @throws Error with the compiler's findings */
  typecheck(include: readonly string[], options?: object): Promise<string>;
  /** Copies a folder or file of this repository, without what was built in it. @param to @default its own path */
  copy(from: string, to?: string): Promise<string>;
  /** Makes everything that this repository has installed available beside the package. */
  bringPackages(): Promise<void>;
  remove(): Promise<void>;
}

/** Packs the package and installs the tarball, offline, in a folder that has nothing else. */
export async function createProject(): Promise<Project> {
  const work = await mkdtemp(path.join(tmpdir(), 'curfew-package-'));
  const folder = path.join(work, 'project');
  await run(ROOT, process.execPath, [TSC, '-b']);
  await buildPackage(path.join(work, 'package'));
  const packed = await run(work, 'npm', ['pack', './package', '--json', '--offline']);
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  const tarball = path.join(work, JSON.parse(packed)[0].filename);
  await run(folder, 'npm', ['install', tarball, '--offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  const modules = path.join(folder, 'node_modules');
  return {
    folder,
    installed: path.join(modules, 'curfew'),
    tarball,
    node: (args, { cwd = folder, env = {} } = {}) => run(cwd, process.execPath, args, env),
    npm: (cwd, args, env = {}) => run(cwd, 'npm', args, env),
    async typecheck(include, options = {}) {
      const file = path.join(folder, 'tsconfig.json');
      await writeFile(file, JSON.stringify({ compilerOptions: { ...STRICT, ...options }, include }));
      return run(folder, process.execPath, [TSC, '-p', file]);
    },
    async copy(from, to = from) {
      const target = path.join(folder, to);
      await cp(path.join(ROOT, from), target, {
        recursive: true,
        filter: (source) =>
          !/\/(?:build|dist|cdk\.out|node_modules|out|\.next|\.angular|\.svelte-kit)$/.test(source),
      });
      return target;
    },
    async bringPackages() {
      const names = await readdir(path.join(ROOT, 'node_modules'));
      for (const name of names.filter((entry) => !entry.startsWith('.'))) {
        await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
      }
    },
    remove: () => rm(work, { recursive: true, force: true }),
  };
}

/** How a strict user compiles for a server and a page. */
const STRICT = {
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  target: 'ES2023',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'NodeNext',
  jsx: 'react-jsx',
  types: ['node'],
  allowImportingTsExtensions: true,
  // Packages beside this one name others in their declarations that they do not bring.
  skipLibCheck: true,
};

async function run(
  cwd: string,
  command: string,
  args: readonly string[],
  more: object = {},
): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', AWS_REGION: 'us-east-1', ...more };
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { cwd, env, maxBuffer: 1 << 24 });
    return stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}: ${message}\n${stdout}\n${stderr}`);
  }
}
