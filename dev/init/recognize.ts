import path from 'node:path';
import { dependsOn, type Manifest, readManifest } from './manifest.ts';
import { Unusual, withoutComments } from './source.ts';
import { hasStack } from './stack.ts';

/** The texts of a project by their paths, which have `/` and begin in its folder. */
export type Files = ReadonlyMap<string, string>;

/** Why a file was not read, which is no loss: no hand has written it. */
export const TOO_LARGE = 'is larger than 500 kB';

/** What a project consists of, as far as Curfew has a part in it. */
export interface Project {
  /** Where Vite runs, and whether the server runs it: then there is one program, which is the server. */
  readonly page?: { readonly folder: string; readonly config?: string; readonly isInServer: boolean };
  /** The module that makes an application of Express. */
  readonly server?: string;
  /** Modules that do, where it is not known which of them is meant. */
  readonly servers?: readonly string[];
  /** A CDK app. */
  readonly app?: { readonly folder: string; readonly stacks: readonly string[] };
}

/** What `curfew init` looks for. */
export const LOOKED_FOR = `  Vite      index.html beside a vite.config.*, or beside a package.json that names vite
  Express   a module with \`express()\`, below a package.json that names express
  CDK       cdk.json, below a package.json that names aws-cdk-lib`;

/** More than one of a kind: the user says which by the folder. */
export class Ambiguous extends Error {
  /** That have one each. */
  readonly folders: readonly string[];

  constructor(what: string, folders: readonly string[]) {
    super(`There are ${folders.length} ${what} (${folders.join(', ')})`);
    this.folders = folders;
  }
}

/** `bin/www` is what starts an application of Express's generator. */
const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte)$|(?:^|\/)bin\/www$/;
const NO_CODE = /\.d\.[cm]?ts$|(?:^|\/)(?:tests?|__tests__)\/|\.(?:test|spec)\.[^/]+$/;

/** Whether a file may be a part of the application. */
export function isCode(file: string): boolean {
  return CODE.test(file) && !NO_CODE.test(file);
}

/** @throws Ambiguous naming what there are several of */
export function recognize(files: Files): Project {
  const code = [...files]
    .filter(([file]) => isCode(file))
    .map(([file, text]) => [file, withoutComments(text)] as const);
  const pages = new Map<string, string | undefined>();
  for (const file of files.keys()) {
    if (path.posix.basename(file) === 'index.html' && names(files, file, 'vite', 'beside'))
      pages.set(folderOf(file), undefined);
  }
  for (const [file, text] of files) {
    if (!/(?:^|\/)vite\.config\.[cm]?[jt]s$/.test(file)) continue;
    // Frameworks and tests have a configuration, and no page that Vite begins with. `root` tells where that is.
    const isPage = files.has(path.posix.join(folderOf(file), 'index.html')) || /\broot\s*[:,]/.test(text);
    if (isPage) pages.set(folderOf(file), file);
  }
  const page = only('pages of Vite', [...pages]);
  const servers = code.filter(
    ([file, text]) =>
      /\bexpress\(\)|require\(['"]express['"]\)\(\)/.test(text) &&
      /['"]express['"]/.test(text) &&
      names(files, file, 'express'),
  );
  const [server, ...otherServers] = servers;
  const apps = [...files.keys()].filter((file) => path.posix.basename(file) === 'cdk.json');
  const app = only(
    'CDK apps',
    apps.filter((file) => names(files, file, 'aws-cdk-lib')).map((file) => [folderOf(file)]),
  );
  const stacks = code.filter(([file, text]) => app && isBelow(app[0], file) && hasStack(text));
  return {
    ...(page && {
      page: {
        folder: page[0],
        ...(page[1] !== undefined && { config: page[1] }),
        isInServer: server !== undefined && otherServers.length === 0 && runsVite(files, server[0]),
      },
    }),
    ...(server && otherServers.length === 0 && { server: server[0] }),
    ...(otherServers.length > 0 && { servers: servers.map(([file]) => file) }),
    ...(app && { app: { folder: app[0], stacks: stacks.map(([file]) => file) } }),
  };
}

function runsVite(files: Files, server: string): boolean {
  return [...reached(files, server)].some((file) =>
    /\bmiddlewareMode\s*:(?!\s*false)|['"]vite-express['"]/.test(files.get(file) ?? ''),
  );
}

/** The one that is found, or that of several which is in the folder itself. */
function only<T extends readonly [string, ...unknown[]]>(what: string, found: readonly T[]): T | undefined {
  const own = found.find(([folder]) => folder === '');
  if (own || found.length < 2) return own ?? found[0];
  throw new Ambiguous(
    what,
    found.map(([folder]) => folder),
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

/** The manifest that holds for a file: the nearest in its folder and those above, the one above the project at last. */
export function manifestOf(files: Files, file: string): string | undefined {
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const manifest = path.posix.join(folder, 'package.json');
    if (files.has(manifest)) return manifest;
    if (folder === '') return [...files.keys()].find((each) => each.startsWith('../'));
  }
}

/** Whether a package is named in the manifest of a file; not in one that can't be read. @param where whether that has to stand beside it */
function names(files: Files, file: string, name: string, where: 'beside' | 'above' = 'above'): boolean {
  const manifest = manifestOf(files, file);
  if (manifest === undefined || (where === 'beside' && folderOf(manifest) !== folderOf(file))) return false;
  const known = manifestAt(files, manifest);
  return known !== undefined && dependsOn(known, name);
}

/** A manifest; undefined: it is no JSON object. */
export function manifestAt(files: Files, file: string): Manifest | undefined {
  try {
    return readManifest(files.get(file) ?? '', file);
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

/** The scripts of the manifest that holds for a file; none of one that is no JSON object. */
export function scriptsFor(files: Files, file: string): Readonly<Record<string, unknown>> {
  const manifest = manifestOf(files, file);
  const scripts = manifest === undefined ? undefined : manifestAt(files, manifest)?.scripts;
  return typeof scripts === 'object' && scripts !== null ? scripts : {};
}

/** Finds the module of the application that another one loads so; undefined: it is none of them. */
export type Resolve = (file: string, specifier: string) => string | undefined;

/** A module, and what it loads of the application, by a relative path or an alias such as `@/session`. */
export function reached(files: Files, entry: string, resolve = resolver(files)): Set<string> {
  const seen = new Set([entry]);
  // What is added on the way is visited as well.
  for (const file of seen) {
    for (const [, specifier = ''] of withoutComments(files.get(file) ?? '').matchAll(SPECIFIER)) {
      const found = resolve(file, specifier);
      if (found) seen.add(found);
    }
  }
  return seen;
}

export function resolver(files: Files): Resolve {
  // Who loads a test says that it is a part of the application.
  const modules = [...files.keys()].filter((file) => CODE.test(file));
  const isIndex = (file: string) => /(?:^|\/)index\.\w+$/.test(file);
  // A module holds before the index of a folder of its name.
  modules.sort((a, b) => Number(isIndex(b)) - Number(isIndex(a)));
  const byName = new Map(modules.map((file) => [stemOf(file), file]));
  const byAlias = new Map<string, string | undefined>();
  const ofAlias = (wanted: string): string | undefined => {
    if (!byAlias.has(wanted)) {
      const end = wanted.replace(/^[^/]*/, '');
      const name = end && [...byName.keys()].find((each) => each.endsWith(end));
      byAlias.set(wanted, name ? byName.get(name) : undefined);
    }
    return byAlias.get(wanted);
  };
  return (file, specifier) => {
    if (!OF_APPLICATION.test(specifier)) return undefined;
    if (specifier.startsWith('.')) return byName.get(stemOf(path.posix.join(folderOf(file), specifier)));
    const wanted = stemOf(specifier);
    return byName.get(wanted) ?? ofAlias(wanted);
  };
}

/** How what is loaded of the application itself begins. */
const OWN = String.raw`(?:\.{1,2}|[@~#$]\w*|src)\/`;
// It begins at the quote before it: an empty string in the same line has two of them, too.
export const SPECIFIER = new RegExp(`['"](${OWN}[^'"\\n]+)['"]`, 'g');
const OF_APPLICATION = new RegExp(`^${OWN}.`);

/** A module without what its import may leave out, or write otherwise. */
function stemOf(file: string): string {
  return file.replace(/\.[cm]?[jt]sx?$/, '').replace(/\/index$/, '');
}
