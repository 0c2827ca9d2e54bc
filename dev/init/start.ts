import path from 'node:path';
import {
  type Files,
  folderOf,
  manifestOf,
  type Project,
  type Resolve,
  reached,
  resolver,
  scriptsFor,
} from './recognize.ts';

/** The package manager of a folder of the project. */
export type ManagerIn = (home: string) => string;

/** Runs Vite for a page. */
export function pageCommand(files: Files, page: NonNullable<Project['page']>, managerIn: ManagerIn): string {
  const { home, name } = pageScript(files, page);
  return inside(home, name === undefined ? 'npx vite' : `${managerIn(home)} run ${name}`);
}

/** Runs a server, by a script that does; undefined: none does, and it is not known to listen by itself. */
export function serverCommand(files: Files, server: string, managerIn: ManagerIn): string | undefined {
  const home = homeOf(files, server);
  const scripts = scriptsFor(files, server);
  const runs = runningServer(files, home, server);
  const own = startNames(scripts).find((name) => STARTS.test(name) && runs(scripts[name]));
  if (own !== undefined) return inside(home, `${managerIn(home)} run ${own}`);
  const isProgram = /\.[cm]?js$/.test(server) && /\.listen\(/.test(files.get(server) ?? '');
  return isProgram ? inside(home, `node ${quoted(path.posix.relative(home, server))}`) : undefined;
}

/** Whether what starts the page starts the server, too. */
export function startsServer(files: Files, page: NonNullable<Project['page']>, server: string): boolean {
  const { home, scripts, name } = pageScript(files, page);
  return name !== undefined && runBy(scripts, name).some(runningServer(files, home, server));
}

/** A command, in the folder that it is for. */
export function inside(folder: string, command: string): string {
  return folder === '' ? command : `(cd ${quoted(folder)} && ${command})`;
}

/** A path as a shell takes it. */
export function quoted(file: string): string {
  if (/^[\w./-]*$/.test(file)) return file;
  // Double quotes are those of every shell, and let some of these mean something.
  return /["$`\\!]/.test(file) ? `'${file.replaceAll("'", String.raw`'\''`)}'` : `"${file}"`;
}

/** The script that runs Vite for a page, itself or by other scripts; or `dev`, unless that runs something of the application in Node. */
function pageScript(files: Files, { config, folder }: NonNullable<Project['page']>) {
  const file = config ?? path.posix.join(folder, 'index.html');
  const home = homeOf(files, file);
  const scripts = scriptsFor(files, file);
  const names = startNames(scripts);
  const resolve = resolver(files);
  const isOther = (name: string) =>
    runBy(scripts, name).some((text) => modulesRunBy(text, home, resolve).length > 0);
  const name =
    names.find((each) => runBy(scripts, each).some((text) => VITE.test(text))) ??
    names.find((each) => each === 'dev' && !isOther(each));
  return { home, scripts, name };
}

const VITE = /(?<![\w./@-])vite(?![\w./@-])(?!\s+(?:build|preview)\b)/;

type Scripts = Readonly<Record<string, unknown>>;

/** Scripts that may start something in development, the usual ones first. */
function startNames(scripts: Scripts): string[] {
  const others = Object.keys(scripts).filter((name) => name !== 'dev' && name !== 'start');
  return ['dev', 'start', ...others].filter(
    (name) => name in scripts && !NO_START.test(name) && !/NODE_ENV=production/.test(String(scripts[name])),
  );
}

/** Scripts that look at sources, and run none. */
const NO_START = /^(?:pre|post)?(?:build|check|format|lint|test|type)/;

/** How a script is called that starts a server: another one may load it as well, to describe or fill it. */
const STARTS = /^(?:api|app|backend|dev|develop|run|serve|server|start|watch)(?:$|[:_.-])(?!.*prod)/;

/** Tells whether a script runs a module that is the server, or loads it. */
function runningServer(files: Files, home: string, server: string): (script: unknown) => boolean {
  const resolve = resolver(files);
  return (script) =>
    modulesRunBy(script, home, resolve).some((module) => reached(files, module, resolve).has(server));
}

/** The modules of the application that a script runs. */
function modulesRunBy(script: unknown, home: string, resolve: Resolve): string[] {
  return String(script ?? '')
    .split(/[;&|]+/)
    .flatMap((command) => {
      const all = words(command);
      const runner = all.findIndex((word) => RUNNER.test(word));
      const given = runner < 0 ? [] : all.slice(runner + 1);
      if (given.some((word) => LOOKS.test(word))) return [];
      return given.flatMap((word) => resolve(path.posix.join(home, 'package.json'), `./${word}`) ?? []);
    });
}

function words(command: unknown): string[] {
  return String(command ?? '').split(/[\s"'`&;|()]+/);
}

/** What runs a module. */
const RUNNER =
  /^(?:babel-node|bun|deno|node|node-dev|nodemon|ts-node|ts-node-dev|ts-node-esm|tsnd|tsx|vite-node)$/;
/** What it does otherwise. */
const LOOKS = /^(?:build|check|compile|fmt|lint|test|--check|--test)$/;

/** The text of a script, and those of the scripts that it runs. */
function runBy(scripts: Scripts, name: string): string[] {
  const run = new Set([name]);
  // What is added on the way is looked at as well.
  for (const each of run) {
    for (const word of words(scripts[each]).map((text) => text.replace(/^npm:/, ''))) {
      const isCalled = (other: string) =>
        word.endsWith('*') ? other.startsWith(word.slice(0, -1)) : other === word;
      for (const other of Object.keys(scripts).filter(isCalled)) run.add(other);
    }
  }
  return [...run].map((each) => String(scripts[each] ?? ''));
}

/** The folder from which a module is run: that of its manifest, if that is a part of the project. */
function homeOf(files: Files, file: string): string {
  const home = folderOf(manifestOf(files, file) ?? file);
  return home.startsWith('..') ? '' : home;
}
