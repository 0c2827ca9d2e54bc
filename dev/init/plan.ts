import path from 'node:path';
import { readManifest, withDependencies } from './manifest.ts';
import { entryOf, isReact, sessionModule, withDialog } from './page.ts';
import {
  type Files,
  folderOf,
  isCode,
  manifestAt,
  manifestOf,
  type Project,
  reached,
  scriptsFor,
  TOO_LARGE,
} from './recognize.ts';
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
  /** What has Curfew for development, once the changes are written. */
  readonly ready: ReadonlySet<'page' | 'server'>;
}

/** The oldest release that a guard works with. */
export const DYNAMO_DB = ['@aws-sdk/client-dynamodb', '^3.521.0'] as const;

/** @param version of this package @param unread files that were not read, with the reason */
export function planFor(
  files: Files,
  project: Project,
  version: string,
  unread: ReadonlyMap<string, string> = new Map(),
): Plan {
  const plan = new Draft(files, version, unread);
  const behindVite = project.page !== undefined;
  const api = project.server === undefined ? undefined : planServer(plan, project.server, behindVite);
  plan.attempt(serverLines('The server that has the API', behindVite), () => {
    const { servers } = project;
    if (servers) throw new Unusual(`there are several servers of Express: ${servers.join(', ')}`);
  });
  if (project.page) planPage(plan, project.page, api);
  if (project.app) planStack(plan, project.app);
  plan.left.push(...notRead(files, unread));
  return plan;
}

/** What can't be read although somebody wrote it. */
export function notRead(files: Files, unread: ReadonlyMap<string, string>): string[] {
  const broken = [...files.keys()].filter(
    (file) => path.posix.basename(file) === 'package.json' && !manifestAt(files, file),
  );
  return [
    ...broken.map((file) => `${file} is no JSON object: what it names is not known here.`),
    ...[...unread]
      .filter(([, reason]) => reason !== TOO_LARGE)
      .map(([file, reason]) => `${file} ${reason}: it stays as it is, and was not looked at.`),
  ];
}

/** A plan that grows. */
class Draft implements Plan {
  readonly left: string[] = [];
  readonly ready = new Set<'page' | 'server'>();
  readonly #files: Files;
  readonly #unread: ReadonlyMap<string, string>;
  readonly #written = new Map<string, string>();
  readonly #version: string;

  constructor(files: Files, version: string, unread: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#version = version;
    this.#unread = unread;
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
    const reason = this.#unread.get(file);
    if (text === undefined)
      throw new Unusual(reason === undefined ? `there is no ${file}` : `${file} ${reason}`);
    return text;
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  manifestOf(file: string): string | undefined {
    // One that was not read is still the one that holds.
    return manifestOf(new Map([...this.#unread, ...this.#files]), file);
  }

  /** Of the manifest that holds for a file; none of one that is no JSON object. */
  scriptsFor(file: string): Readonly<Record<string, unknown>> {
    return scriptsFor(this.#files, file);
  }

  /** A file in a folder that begins so and was not read. */
  unreadAs(beginning: string): string | undefined {
    return [...this.#unread.keys()].find((file) => file.startsWith(beginning));
  }

  /** Whether one of the application's modules loads one of these. */
  loads(modules: RegExp): boolean {
    return [...this.#files].some(([file, text]) => isCode(file) && modules.test(text));
  }

  /** Whether a module, or one that it loads, loads one of these. */
  reaches(file: string, modules: RegExp): boolean {
    const files = new Map([...this.#files, ...this.#written]);
    return [...reached(files, file)].some((each) => modules.test(files.get(each) ?? ''));
  }

  write(changes: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(changes)) this.#written.set(file, text);
  }

  /** A new module beside a change. One of its name that loads these is left from before, and is used. @throws Unusual for any other */
  create(file: string, text: string, modules: RegExp): void {
    if (this.#unread.has(file) || (this.#files.has(file) && !modules.test(this.read(file))))
      throw new Unusual(`there is a ${file} already`);
    if (!this.#files.has(file)) this.write({ [file]: text });
  }

  /** What a file needs beside it. */
  depend(file: string, more: readonly (readonly [string, string])[] = []): void {
    const wanted = Object.fromEntries([['curfew', `^${this.#version}`], ...more]);
    const manifest = this.manifestOf(file);
    this.attempt(`Install ${Object.keys(wanted).join(' and ')}`, () => {
      if (manifest === undefined) throw new Unusual('there is no package.json');
      this.write({ [manifest]: withDependencies(manifest, this.read(manifest), wanted) });
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

const SERVER = /['"]curfew\/(?:dev|express|server)['"]/;
const SERVER_DEV = /['"]curfew\/dev['"]/;
const CLIENT = /['"]curfew\/(?:client|element|react|vue)['"]/;

function serverLines(where: string, behindVite: boolean): string {
  return `${where}: in front of everything else, but not where NODE_ENV is production,
  const dev = (await import('curfew/dev')).curfewDev();
  app.use(dev);
and in front of what needs a session, with sessionGuard of curfew/express, which needs ${DYNAMO_DB[0]},
  app.use('/api', sessionGuard(dev.guard));${
    behindVite
      ? "\nand in Vite's configuration, with the address of this server:\n  plugins: [curfewDev({ api: 'http://localhost:3000' })]"
      : ''
  }`;
}

/** @returns the origin of a server that has Curfew @param behindVite whether its pages are Vite's */
function planServer(plan: Draft, file: string, behindVite: boolean): string | undefined {
  const origin = () => {
    const port = portOf(file, plan.read(file));
    if (port === undefined && behindVite)
      throw new Unusual('the port at which it listens is not written out');
    return `http://localhost:${port}`;
  };
  let api: string | undefined;
  plan.attempt(serverLines(file, behindVite), () => {
    if (plan.reaches(file, SERVER)) {
      if (plan.reaches(file, SERVER_DEV)) api = origin();
      return;
    }
    const [found, source] = [origin(), readSource(file, plan.read(file))];
    const kind = kindOf(plan, source);
    const extension = path.posix.extname(file).replace('x', '');
    const created = path.posix.join(folderOf(file), `curfew${extension}`);
    const isTyped = extension.endsWith('ts');
    const module = `./curfew${isTyped ? typedExtension(plan, source) : extension}`;
    const { text, isGuarded } = withMiddleware(file, source.text, module, kind);
    plan.create(created, styledAs(source, serverModule(kind, isTyped)), SERVER);
    plan.write({ [file]: text });
    if (!isGuarded) {
      plan.left.push(
        `${file}: in front of the routes that need a session, with signedIn of ${module}\n  app.use('/orders', signedIn);`,
      );
    }
    plan.left.push(
      `Where ${file} is deployed: the variables NODE_ENV=production, TABLE_NAME and SITE_URL. Without the first, anybody there can sign in as anybody.`,
    );
    api = found;
  });
  if (api !== undefined) plan.ready.add('server');
  plan.depend(file, plan.reaches(file, /['"]curfew\/(?:express|server)['"]/) ? [DYNAMO_DB] : []);
  return api;
}

function kindOf(plan: Draft, { path: file, program }: Source): ModuleKind {
  if (/\.m[jt]s$/.test(file)) return 'import';
  const manifest = plan.manifestOf(file);
  const isModule = manifest !== undefined && readManifest(plan.read(manifest), manifest).type === 'module';
  if (/\.[cm]?tsx?$/.test(file)) {
    if (isModule && !file.endsWith('.cts')) return 'import';
    throw new Unusual('TypeScript may compile it to `require`: its package.json has no "type": "module"');
  }
  if (program.sourceType === 'module' && !isModule)
    throw new Unusual('its imports may be compiled to `require`: its package.json has no "type": "module"');
  return isModule && !file.endsWith('.cjs') ? 'import' : 'require';
}

/** How a server in TypeScript imports what stands beside it. */
function typedExtension(plan: Draft, source: Source): string {
  const known = extensionOf(source);
  if (known !== undefined) return known;
  return Object.values(plan.scriptsFor(source.path)).some((script) =>
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
  const known = config ?? plan.unreadAs(path.posix.join(folder, 'vite.config.'));
  const file = known ?? path.posix.join(folder, `vite.config.${extension}`);
  const isReady = plan.attempt(
    `${file}: add ${pluginCall(api)} of curfew/dev/vite to its plugins:
  import { curfewDev } from 'curfew/dev/vite';
  plugins: [${pluginCall(api)}]`,
    () =>
      plan.write({ [file]: known === undefined ? newConfig(api) : withPlugin(file, plan.read(file), api) }),
  );
  if (isReady) plan.ready.add('page');
  if (listensEverywhere(plan.has(file) ? plan.read(file) : '', plan.scriptsFor(file))) {
    plan.left.push(
      'Let Vite listen on this machine alone, without `--host` and `server.host`: with the plugin anybody can sign in as anybody, and it stops Vite otherwise.',
    );
  }
  if (!hasClient(plan, folder)) planDialog(plan, folder);
  plan.depend(file);
}

/** Whether Vite serves other machines, by its configuration or a script. */
function listensEverywhere(config: string, scripts: Readonly<Record<string, unknown>>): boolean {
  return (
    /\bhost:\s*(?:true|['"](?:0\.0\.0\.0|::)['"])/.test(config) ||
    Object.values(scripts).some((script) => {
      const [option, host = ''] =
        /\bvite\b(?! (?:build|preview)\b)[^&|;]*\s--host(?:[= ]+([^\s&|;-][^\s&|;]*))?/.exec(
          String(script),
        ) ?? [];
      return option !== undefined && !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host);
    })
  );
}

/** Whether the page has a client: by the module that it loads, or by any where that is not known. */
function hasClient(plan: Draft, folder: string): boolean {
  try {
    return plan.reaches(entryIn(plan, folder), CLIENT);
  } catch (error) {
    if (error instanceof Unusual) return plan.loads(CLIENT);
    throw error;
  }
}

/** @throws Unusual */
function entryIn(plan: Draft, folder: string): string {
  return path.posix.join(folder, entryOf(plan.read(path.posix.join(folder, 'index.html'))));
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
      const entry = entryIn(plan, folder);
      const source = readSource(entry, plan.read(entry));
      const react = isReact(source.text);
      const extension = /\.[cm]?tsx?$/.test(entry) ? '.ts' : '.js';
      const created = path.posix.join(folderOf(entry), `session${extension}`);
      const module = `./session${extensionOf(source) ?? (extension === '.js' ? '.js' : '')}`;
      const after = withDialog(entry, source.text, module);
      plan.create(created, styledAs(source, sessionModule(react)), CLIENT);
      plan.write({ [entry]: after });
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
