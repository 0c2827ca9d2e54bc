import path from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { exampleFiles, TEMPLATES } from './example.ts';
import { manifestIn, readFiles, shownNames, writeChanges } from './files.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Change, planFor } from './plan.ts';
import { type Files, folderOf, LOOKED_FOR, manifestOf, type Project, recognize } from './recognize.ts';

export const INIT_USAGE = `Usage:
  curfew init [<folder>] [--yes] [--template ${TEMPLATES.join('|')}]

Adds Curfew to an application of Vite, Express or CDK, or of several of them: the dependency, the plugin for Vite's
development server, the client and the dialog of the page, the middleware and the guard of the server, the service in the
stack. It shows what it would change, and changes nothing before you say so. What it can't change safely stays as it is,
and you are told the lines. In an empty folder it makes a small application of Vite that has all of it.

  <folder>        of the application: the present one
  --yes           do not ask
  --template <name>
                  what an empty folder gets: ${TEMPLATES[0]}
  --help

It installs nothing, and runs none of your code.
`;

/** Wrong arguments: reported with the usage, exit code 2. */
class InitUsageError extends Error {}

/** What the command uses of its surroundings, handed in. */
export interface InitIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Undefined: there is no terminal to ask at. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly hasColors: boolean;
  /** Of this package. */
  readonly version: string;
  /** Folder of this package's examples. */
  readonly examples: string;
}

/** Runs `curfew init`. @returns the exit code: 0 done, 1 nothing was written, 2 called with wrong arguments */
export async function init(argv: readonly string[], io: InitIo): Promise<0 | 1 | 2> {
  try {
    const { folder, yes, template, help } = readInitArguments(argv);
    if (help) {
      io.out(INIT_USAGE);
      return 0;
    }
    const names = await shownNames(folder);
    const rest = names.filter((name) => !LEFT_BY_NPM.test(name));
    const installed = rest.join() === 'package.json' ? await manifestIn(folder) : undefined;
    if (rest.length === 0 || (installed !== undefined && isBare(readManifest(installed)))) {
      return await begin({ folder, names, installed }, template ?? TEMPLATES[0], yes, io);
    }
    if (template !== undefined)
      throw new Error(`--template is for an empty folder, and ${folder} has ${names[0]} in it`);
    return await change(folder, names, yes, io);
  } catch (error) {
    if (error instanceof InitUsageError) {
      io.err(`${error.message}\n\n${INIT_USAGE}`);
      return 2;
    }
    io.err(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

/** What an installation leaves. */
const LEFT_BY_NPM = /^(?:node_modules|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/;

/** Whether a manifest is that of a folder in which nothing but this package was installed. */
function isBare({ dependencies = {}, devDependencies = {} }: Manifest): boolean {
  return Object.keys({ ...dependencies, ...devDependencies }).every((name) => name === 'curfew');
}

/** @throws InitUsageError */
export function readInitArguments(argv: readonly string[]) {
  const { values, positionals } = parsed(argv);
  const [folder = '.', ...more] = positionals;
  if (more.length > 0) throw new InitUsageError('one folder at a time');
  const template = TEMPLATES.find((name) => name === values.template);
  if (values.template !== undefined && template === undefined) {
    throw new InitUsageError(`--template: one of ${TEMPLATES.join(', ')}, not '${values.template}'`);
  }
  return { folder: path.resolve(folder), template, yes: values.yes, help: values.help };
}

function parsed(argv: readonly string[]) {
  const options = {
    yes: { type: 'boolean', default: false },
    template: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw new InitUsageError(error instanceof Error ? error.message : String(error));
  }
}

interface EmptyFolder {
  readonly folder: string;
  readonly names: readonly string[];
  /** The manifest, where this package was installed. */
  readonly installed: string | undefined;
}

/** A new application. */
async function begin(
  { folder, names, installed }: EmptyFolder,
  template: (typeof TEMPLATES)[number],
  yes: boolean,
  io: InitIo,
): Promise<0 | 1> {
  const changes = await exampleFiles(io.examples, template, path.basename(folder), io.version, installed);
  io.out(`${folder} is empty. An application of Vite (${template}) with Curfew:\n`);
  for (const { path: file } of changes) io.out(`${paint(io, 'green', `  + ${file}`)}\n`);
  if (!(await write(folder, changes, yes, io))) return 1;
  const manager = managerOf(names);
  io.out(nextSteps(folder, [`${manager} install`, `${manager} run dev`], { page: { folder: '' } }));
  return 0;
}

/** An application that is there. */
async function change(folder: string, names: readonly string[], yes: boolean, io: InitIo): Promise<0 | 1> {
  const files = await readFiles(folder);
  const project = recognize(files);
  if (!project.page && !project.server && !project.app) {
    throw new Error(`${folder} is neither empty nor an application that is known here. Looked for, and not found:\n${LOOKED_FOR}\n
The guides say how others get Curfew: docs/guides/dev.md, docs/guides/page.md and docs/guides/server.md in the package.`);
  }
  const { changes, left } = planFor(files, project, io.version);
  io.out(`Found ${described(project)}.\n\n`);
  for (const each of changes) io.out(`${shown(each, io)}\n`);
  for (const text of left) io.out(`${paint(io, 'yellow', 'Left to you:')} ${text}\n\n`);
  if (changes.length === 0) {
    io.out(
      left.length > 0 ? 'Nothing else is to change.\n' : 'Curfew is there already: nothing is to change.\n',
    );
    return 0;
  }
  if (!(await write(folder, changes, yes, io))) return 1;
  io.out(nextSteps(folder, commandsFor(files, project, changes, managerOf(names)), project));
  return 0;
}

function described({ page, server, app }: Project): string {
  const found = [
    page && `Vite (${page.config ?? path.posix.join(page.folder, 'index.html')})`,
    server !== undefined && `Express (${server})`,
    app && `CDK (${path.posix.join(app.folder, 'cdk.json')})`,
  ];
  return found.filter((text) => text).join(', ');
}

/** A change as a unified diff. */
function shown({ path: file, before, after }: Change, io: InitIo): string {
  const [old, now] = [before === undefined ? '/dev/null' : `a/${file}`, `b/${file}`];
  const diff = createTwoFilesPatch(old, now, before ?? '', after, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  const color = (line: string) => {
    if (/^(?:---|\+\+\+) /.test(line)) return paint(io, 'bold', line);
    if (line.startsWith('+')) return paint(io, 'green', line);
    return line.startsWith('@@') ? paint(io, 'cyan', line) : line;
  };
  return diff.split('\n').map(color).join('\n');
}

function paint({ hasColors }: InitIo, format: 'bold' | 'cyan' | 'green' | 'yellow', text: string): string {
  return hasColors ? styleText(format, text, { validateStream: false }) : text;
}

/** Writes, if the user agrees. @returns whether it did */
async function write(folder: string, changes: readonly Change[], yes: boolean, io: InitIo): Promise<boolean> {
  if (!yes) {
    const answer = io.ask ? await io.ask('\nWrite this? [y/N] ') : '';
    if (!/^y(?:es)?$/i.test(answer.trim())) {
      io.err(`Nothing was written.${io.ask ? '' : ' With --yes it is.'}\n`);
      return false;
    }
  }
  await writeChanges(folder, changes);
  return true;
}

/** By the lock file that is there. */
function managerOf(names: readonly string[]): string {
  if (names.includes('pnpm-lock.yaml')) return 'pnpm';
  if (names.includes('yarn.lock')) return 'yarn';
  return names.some((name) => /^bun\.lockb?$/.test(name)) ? 'bun' : 'npm';
}

/** What is run next, each in the folder that it is for. */
function commandsFor(files: Files, project: Project, changes: readonly Change[], manager: string): string[] {
  const { page, server, app } = project;
  const inside = (folder: string, command: string) =>
    folder === '' ? command : `(cd ${folder} && ${command})`;
  const manifests = changes.filter(({ path: file }) => path.posix.basename(file) === 'package.json');
  const begins = page ? (page.config ?? path.posix.join(page.folder, 'index.html')) : server;
  const manifest = begins === undefined ? undefined : manifestOf(files, begins);
  const scripts = manifest === undefined ? {} : (readManifest(files.get(manifest) ?? '').scripts ?? {});
  const script = ['dev', 'start'].find((name) => name in scripts);
  const start = script === undefined ? page && 'npx vite' : `${manager} run ${script}`;
  return [
    ...manifests.map(({ path: file }) => inside(folderOf(file), `${manager} install`)),
    ...(start === undefined ? [] : [inside(folderOf(manifest ?? begins ?? ''), start)]),
    ...(app ? [inside(app.folder, 'npx cdk diff')] : []),
  ];
}

function nextSteps(folder: string, commands: readonly string[], { page, server }: Project): string {
  const moves = path.relative('', folder).replace(/.*[^\w./-].*/, (odd) => JSON.stringify(odd));
  const steps = [...(moves === '' ? [] : [`cd ${moves}`]), ...commands]
    .map((command) => `  ${command}\n`)
    .join('');
  if (!page && server === undefined) return `\nWritten. Next:\n${steps}`;
  const beside = page && server !== undefined ? `${server} runs beside it. ` : '';
  return `
Written. Next:
${steps}${beside}Open the page at /api/auth/sign-in?returnTo=/ and sign in under any name. In the panel, "Be idle now" shows the warning.
`;
}
