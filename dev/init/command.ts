import path from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { Change, Plan } from './draft.ts';
import { exampleFiles, TEMPLATES } from './example.ts';
import { managerOf, readFiles, shownNames, textsIn, writeChanges } from './files.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { notRead, planFor } from './plan.ts';
import { Ambiguous, type Files, folderOf, LOOKED_FOR, type Project, recognize } from './recognize.ts';
import { inside, type ManagerIn, pageCommand, quoted, serverCommand, startsServer } from './start.ts';

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

/** Runs `curfew init`. @returns the exit code: 0 done, 1 nothing was written, or not all of it, as it says, 2 called with wrong arguments */
export async function init(argv: readonly string[], io: InitIo): Promise<0 | 1 | 2> {
  try {
    const { folder, yes, template, help } = readInitArguments(argv);
    if (help) {
      io.out(INIT_USAGE);
      return 0;
    }
    const rest = (await shownNames(folder)).filter((name) => !LEFT_BY_NPM.test(name) && !TEXTS.test(name));
    if (rest.length === 0 || rest.join() === 'package.json') {
      const there = await textsIn(folder, ['.gitignore', 'package.json']);
      if (isBare(readManifest(there.get('package.json') ?? '{}')))
        return await begin(folder, there, template ?? TEMPLATES[0], yes, io);
    }
    if (template !== undefined)
      throw new Error(`--template is for an empty folder, and ${folder} has ${rest[0]} in it`);
    return await change(folder, yes, io);
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
/** What a repository begins with. */
const TEXTS = /^(?:readme|licen[cs]e|copying|notice|changelog|contributing|security)(?:\.\w+)?$/i;

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

/** A new application. @param there what the folder has of its files */
async function begin(
  folder: string,
  there: ReadonlyMap<string, string>,
  template: (typeof TEMPLATES)[number],
  yes: boolean,
  io: InitIo,
): Promise<0 | 1> {
  const changes = await exampleFiles(io.examples, template, path.basename(folder), io.version, there);
  io.out(`${folder} has no application yet. It gets one of Vite (${template}) with Curfew:\n`);
  for (const each of changes) {
    const isNew = each.before === undefined;
    io.out(isNew ? `${paint(io, 'green', `  + ${each.path}`)}\n` : `\n${shown(each, io)}\n`);
  }
  if (!(await write(folder, changes, yes, io))) return 1;
  const manager = managerOf(folder);
  io.out(nextSteps(folder, [`${manager} install`, `${manager} run dev`], OPEN_PAGE));
  return 0;
}

/** An application that is there. */
async function change(folder: string, yes: boolean, io: InitIo): Promise<0 | 1> {
  const { files, unread } = await readFiles(folder);
  const project = recognizeIn(folder, files);
  if (!project.page && !project.server && !project.servers && !project.app) {
    throw new Error(
      [
        `${folder} is neither empty nor an application that is known here. Looked for, and not found:\n${LOOKED_FOR}`,
        ...notRead(files, unread),
        'The guides say how others get Curfew: docs/guides/dev.md, docs/guides/page.md and docs/guides/server.md in the package.',
      ].join('\n\n'),
    );
  }
  const plan = planFor(files, project, io.version, unread);
  const { changes, left } = plan;
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
  const managerIn = (home: string) => managerOf(path.join(folder, home));
  const commands = commandsFor(files, project, plan, managerIn);
  io.out(nextSteps(folder, commands, closing(files, project, plan, managerIn)));
  return 0;
}

/** @throws Error that says how to name one of several */
function recognizeIn(folder: string, files: Files): Project {
  try {
    return recognize(files);
  } catch (error) {
    if (!(error instanceof Ambiguous)) throw error;
    const [first = ''] = error.folders;
    const named = quoted(path.relative('', path.join(folder, first)));
    throw new Error(`${error.message}: name the folder of one of them, as in \`curfew init ${named}\``);
  }
}

function described({ page, server, servers, app }: Project): string {
  const found = [
    page && `Vite (${page.config ?? path.posix.join(page.folder, 'index.html')})`,
    (server !== undefined || servers) && `Express (${server ?? servers?.join(', ')})`,
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

/** What is run next, each in the folder that it is for. */
function commandsFor(
  files: Files,
  { page, server, app }: Project,
  plan: Plan,
  managerIn: ManagerIn,
): string[] {
  const manifests = plan.changes.filter(({ path: file }) => path.posix.basename(file) === 'package.json');
  const starting =
    page && !page.isInServer
      ? pageCommand(files, page, managerIn)
      : server && serverCommand(files, plan.listener ?? server, managerIn);
  return [
    ...manifests.map(({ path: file }) => inside(folderOf(file), `${managerIn(folderOf(file))} install`)),
    ...(starting === undefined ? [] : [starting]),
    ...(app ? [inside(app.folder, 'npx cdk diff')] : []),
  ];
}

const OPEN_PAGE =
  'Open the page at /api/auth/sign-in?returnTo=/ and sign in under any name. In the panel, "Be idle now" shows the warning.';

/** What there is to see, by what has Curfew now. */
function closing(
  files: Files,
  { page, server }: Project,
  { ready, listener = server }: Plan,
  managerIn: ManagerIn,
): string {
  const isMissing = (page && !ready.has('page')) || (server !== undefined && !ready.has('server'));
  const isApart = page && !page.isInServer && listener !== undefined && !startsServer(files, page, listener);
  const command = isApart && serverCommand(files, listener, managerIn);
  return [
    isMissing && 'What is left to you comes first.\n',
    isApart && ready.has('server') && `Start ${listener} as well${command ? `: ${command}\n` : '. '}`,
    page && OPEN_PAGE,
    !page &&
      ready.has('server') &&
      'Open /api/auth/sign-in?returnTo=/ at the server and sign in under any name. The panel is at /__curfew.',
  ]
    .filter((text) => text)
    .join('')
    .trimEnd();
}

function nextSteps(folder: string, commands: readonly string[], end: string): string {
  const moves = quoted(path.relative('', folder));
  const steps = [...(moves === '' ? [] : [`cd ${moves}`]), ...commands].map((command) => `  ${command}\n`);
  return `\nWritten. Next:\n${steps.join('')}${end && `${end}\n`}`;
}
