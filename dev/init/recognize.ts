import path from 'node:path';
import { dependsOn, readManifest } from './manifest.ts';
import { hasStack } from './stack.ts';

/** The texts of a project by their paths, which have `/` and begin in its folder. */
export type Files = ReadonlyMap<string, string>;

/** What a project consists of, as far as Curfew has a part in it. */
export interface Project {
  /** Where Vite runs. */
  readonly page?: { readonly folder: string; readonly config?: string };
  /** The module that makes an application of Express. */
  readonly server?: string;
  /** A CDK app. */
  readonly app?: { readonly folder: string; readonly stacks: readonly string[] };
}

/** What `curfew init` looks for. */
export const LOOKED_FOR = `  Vite      vite.config.*, or a package.json that names vite beside an index.html
  Express   a module with \`express()\`, below a package.json that names express
  CDK       cdk.json, below a package.json that names aws-cdk-lib`;

/** More than one of a kind: the user says which by the folder. */
export class Ambiguous extends Error {}

const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;
const NO_CODE = /\.d\.[cm]?ts$|(?:^|\/)(?:tests?|__tests__)\/|\.(?:test|spec)\.[^/]+$/;

/** Whether a file may be a part of the application. */
export function isCode(file: string): boolean {
  return CODE.test(file) && !NO_CODE.test(file);
}

/** @throws Ambiguous naming what there are several of */
export function recognize(files: Files): Project {
  const code = [...files].filter(([file]) => isCode(file));
  const pages = new Map<string, string | undefined>();
  for (const file of files.keys()) {
    if (path.posix.basename(file) === 'index.html' && names(files, file, 'vite', 'beside'))
      pages.set(folderOf(file), undefined);
  }
  for (const file of files.keys())
    if (/(?:^|\/)vite\.config\.[cm]?[jt]s$/.test(file)) pages.set(folderOf(file), file);
  const page = only('pages of Vite', [...pages]);
  const servers = code.filter(
    ([file, text]) =>
      /\bexpress\(\)/.test(text) && /['"]express['"]/.test(text) && names(files, file, 'express'),
  );
  const server = only('servers of Express', servers);
  const apps = [...files.keys()].filter((file) => path.posix.basename(file) === 'cdk.json');
  const app = only(
    'CDK apps',
    apps.filter((file) => names(files, file, 'aws-cdk-lib')).map((file) => [file]),
  );
  const stacks = code.filter(([file, text]) => app && isBelow(folderOf(app[0]), file) && hasStack(text));
  return {
    ...(page && { page: { folder: page[0], ...(page[1] !== undefined && { config: page[1] }) } }),
    ...(server && { server: server[0] }),
    ...(app && { app: { folder: folderOf(app[0]), stacks: stacks.map(([file]) => file) } }),
  };
}

function only<T extends readonly [string, ...unknown[]]>(what: string, found: readonly T[]): T | undefined {
  if (found.length < 2) return found[0];
  const paths = found.map(([file]) => file || '.').join(', ');
  throw new Ambiguous(
    `There are ${found.length} ${what} (${paths}): name the folder of one of them, as in \`curfew init apps/shop\``,
  );
}

/** The folder of a file; the project's own is ''. */
export function folderOf(file: string): string {
  const folder = path.posix.dirname(file);
  return folder === '.' ? '' : folder;
}

function isBelow(folder: string, file: string): boolean {
  return folder === '' || file.startsWith(`${folder}/`);
}

/** The manifest that holds for a file: the nearest in its folder and those above. */
export function manifestOf(files: Files, file: string): string | undefined {
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const manifest = path.posix.join(folder, 'package.json');
    if (files.has(manifest)) return manifest;
    if (folder === '') return undefined;
  }
}

/** Whether a package is named in the manifest of a file. @param where whether that has to stand beside it @throws Unusual */
function names(files: Files, file: string, name: string, where: 'beside' | 'above' = 'above'): boolean {
  const manifest = manifestOf(files, file);
  if (manifest === undefined || (where === 'beside' && folderOf(manifest) !== folderOf(file))) return false;
  return dependsOn(readManifest(files.get(manifest) ?? ''), name);
}
