import path from 'node:path';
import { readManifest, withDependencies } from './manifest.ts';
import { entryOf, isReact, sessionModule, withDialog } from './page.ts';
import { type Files, folderOf, isCode, manifestOf, type Project } from './recognize.ts';
import { type ModuleKind, portOf, serverModule, withMiddleware } from './server.ts';
import { neighbours, readSource, type Source, styledAs, Unusual } from './source.ts';
import { CONSTRUCT_MODULE, withService } from './stack.ts';
import { newConfig, pluginCall, withPlugin } from './vite-config.ts';

/** A file that is written, or was already what it is to be. */
export interface Change {
  readonly path: string;
  /** Undefined: there is no such file. */
  readonly before: string | undefined;
  readonly after: string;
}

/** What `curfew init` does to a project. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What it leaves to the user, a paragraph each. */
  readonly left: readonly string[];
}

/** The oldest release that a guard works with. */
export const DYNAMO_DB = ['@aws-sdk/client-dynamodb', '^3.521.0'] as const;

/** @param version of this package */
export function planFor(files: Files, project: Project, version: string): Plan {
  const plan = new Draft(files, version);
  const api =
    project.server === undefined ? undefined : planServer(plan, project.server, project.page !== undefined);
  if (project.page) planPage(plan, project.page, api);
  if (project.app) planStack(plan, project.app);
  return plan;
}

/** A plan that grows. */
class Draft implements Plan {
  readonly left: string[] = [];
  readonly #files: Files;
  readonly #written = new Map<string, string>();
  readonly #version: string;

  constructor(files: Files, version: string) {
    this.#files = files;
    this.#version = version;
  }

  get changes(): Change[] {
    const changes = [...this.#written].map(([file, after]) => ({
      path: file,
      before: this.#files.get(file),
      after,
    }));
    return changes.filter(({ before, after }) => before !== after);
  }

  read(file: string): string {
    const text = this.#written.get(file) ?? this.#files.get(file);
    if (text === undefined) throw new Unusual(`there is no ${file}`);
    return text;
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  manifestOf(file: string): string | undefined {
    return manifestOf(this.#files, file);
  }

  /** Whether one of the application's modules loads one of these. */
  loads(modules: RegExp): boolean {
    return [...this.#files].some(([file, text]) => isCode(file) && modules.test(text));
  }

  /** Both files or none. @throws Unusual where there is another file of this name */
  write(changes: Readonly<Record<string, string>>, created?: string): void {
    if (created !== undefined && this.#files.has(created)) throw new Unusual(`there is a ${created} already`);
    for (const [file, text] of Object.entries(changes)) this.#written.set(file, text);
  }

  /** What a file needs beside it. */
  depend(file: string, more: readonly (readonly [string, string])[] = []): void {
    const wanted = Object.fromEntries([['curfew', `^${this.#version}`], ...more]);
    const manifest = this.manifestOf(file);
    this.attempt(`Install ${Object.keys(wanted).join(' and ')}`, () => {
      if (manifest === undefined) throw new Unusual('there is no package.json');
      this.write({ [manifest]: withDependencies(this.read(manifest), wanted) });
    });
  }

  /** Does something, or says how the user does it. @returns whether it is done */
  attempt(otherwise: string, change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      if (!(error instanceof Unusual)) throw error;
      this.left.push(`${otherwise}\n(not done here: ${error.message})`);
      return false;
    }
  }
}

/** @returns the origin of a server that has Curfew @param behindVite whether its pages are Vite's */
function planServer(plan: Draft, file: string, behindVite: boolean): string | undefined {
  const origin = () => {
    const port = portOf(file, plan.read(file));
    if (port === undefined && behindVite)
      throw new Unusual('the port at which it listens is not written out');
    return `http://localhost:${port}`;
  };
  const isThere = plan.loads(/['"]curfew\/(?:dev|express|server)['"]/);
  let api: string | undefined;
  const lines = `${file}: in front of everything else, but not where NODE_ENV is production,
  const dev = (await import('curfew/dev')).curfewDev();
  app.use(dev);
and in front of what needs a session, with sessionGuard of curfew/express,
  app.use('/api', sessionGuard(dev.guard));${
    behindVite
      ? "\nand in Vite's configuration, with the address of this server:\n  plugins: [curfewDev({ api: 'http://localhost:3000' })]"
      : ''
  }`;
  plan.attempt(lines, () => {
    if (isThere) {
      if (plan.loads(/['"]curfew\/dev['"]/)) api = origin();
      return;
    }
    const [found, source] = [origin(), readSource(file, plan.read(file))];
    const kind = kindOf(plan, source);
    const extension = path.posix.extname(file).replace('x', '');
    const created = path.posix.join(folderOf(file), `curfew${extension}`);
    const isTyped = extension.endsWith('ts');
    const module = `./curfew${isTyped ? typedExtension(plan, source) : extension}`;
    const { text, isGuarded } = withMiddleware(file, source.text, module, kind);
    plan.write({ [created]: styledAs(source, serverModule(kind, isTyped)), [file]: text }, created);
    if (!isGuarded) {
      plan.left.push(
        `${file}: in front of the routes that need a session, with signedIn of ${module}\n  app.use('/orders', signedIn);`,
      );
    }
    api = found;
  });
  plan.depend(file, [DYNAMO_DB]);
  return api;
}

function kindOf(plan: Draft, { path: file, program }: Source): ModuleKind {
  if (/\.m[jt]s$/.test(file)) return 'import';
  const manifest = plan.manifestOf(file);
  const isModule = manifest !== undefined && readManifest(plan.read(manifest)).type === 'module';
  if (/\.[cm]?tsx?$/.test(file)) {
    if (isModule && !file.endsWith('.cts')) return 'import';
    throw new Unusual('TypeScript may compile it to `require`: its package.json has no "type": "module"');
  }
  return program.sourceType === 'module' || (isModule && !file.endsWith('.cjs')) ? 'import' : 'require';
}

/** How a server in TypeScript imports what stands beside it. */
function typedExtension(plan: Draft, source: Source): string {
  const known = extensionOf(source);
  if (known !== undefined) return known;
  const manifest = plan.manifestOf(source.path);
  const scripts = manifest === undefined ? {} : readManifest(plan.read(manifest)).scripts;
  return Object.values(scripts ?? {}).some((script) =>
    /\bnode\b(?:\s+-\S+)*\s+\S+\.ts\b/.test(String(script)),
  )
    ? '.ts'
    : '.js';
}

/** As the other imports of a module have it; undefined: there are none. */
function extensionOf(source: Source): string | undefined {
  const [first] = neighbours(source).filter((module) => !/\.(?!tsx?$|jsx?$)\w+$/.test(module));
  if (first === undefined) return undefined;
  return /\.[jt]s(?=x?$)/.exec(first)?.[0] ?? '';
}

function planPage(
  plan: Draft,
  { folder, config }: NonNullable<Project['page']>,
  api: string | undefined,
): void {
  const extension = plan.has(path.posix.join(folder, 'tsconfig.json')) ? 'ts' : 'js';
  const file = config ?? path.posix.join(folder, `vite.config.${extension}`);
  plan.attempt(
    `${file}: add ${pluginCall(api)} of curfew/dev/vite to its plugins:
  import { curfewDev } from 'curfew/dev/vite';
  plugins: [${pluginCall(api)}]`,
    () =>
      plan.write({ [file]: config === undefined ? newConfig(api) : withPlugin(file, plan.read(file), api) }),
  );
  if (!plan.loads(/['"]curfew\/(?:client|element|react|vue)['"]/)) planDialog(plan, folder);
  plan.depend(file);
}

function planDialog(plan: Draft, folder: string): void {
  plan.attempt(
    `In the page's module:
  import { createSessionClient } from 'curfew/client';
  import 'curfew/element';
  const session = createSessionClient();
  document.querySelector('session-timeout-dialog').session = session;
  session.start();
and in the page:
  <session-timeout-dialog></session-timeout-dialog>`,
    () => {
      const entry = path.posix.join(folder, entryOf(plan.read(path.posix.join(folder, 'index.html'))));
      const source = readSource(entry, plan.read(entry));
      const react = isReact(source.text);
      const extension = /\.[cm]?tsx?$/.test(entry) ? '.ts' : '.js';
      const created = path.posix.join(folderOf(entry), `session${extension}`);
      const module = `./session${extensionOf(source) ?? (extension === '.js' ? '.js' : '')}`;
      const after = withDialog(entry, source.text, module);
      plan.write({ [created]: styledAs(source, sessionModule(react)), [entry]: after }, created);
      plan.left.push('In the page, a link to sign in:\n  <a href="/api/auth/sign-in?returnTo=/">Sign in</a>');
    },
  );
}

function planStack(plan: Draft, { folder, stacks }: NonNullable<Project['app']>): void {
  const lines = `In the stack: the service of sessions, which the README shows:
  import { SessionService } from '${CONSTRUCT_MODULE}';
  new SessionService(this, 'Sessions');`;
  if (!plan.loads(/['"]curfew\/construct['"]/)) {
    plan.attempt(stacks.length === 1 ? `${stacks[0]}: ${lines}` : lines, () => {
      const [file] = stacks;
      if (file === undefined || stacks.length > 1) {
        throw new Unusual(
          stacks.length ? `there are several stacks: ${stacks.join(', ')}` : 'no stack was found',
        );
      }
      plan.write({ [file]: withService(file, plan.read(file)) });
    });
    plan.left.push(`In front of each function that needs a session: in the stack
  sessions.protect(orders);
and in its handler, with middy and sessionGuard of curfew/guard
  export const handler = middy().use(sessionGuard()).handler(async ({ curfew: { session } }) => …);`);
  }
  plan.depend(path.posix.join(folder, 'cdk.json'));
}
