import path from 'node:path';
import { ROUTES } from '../protocol.ts';
import { type Manifest, withDependencies } from './manifest.ts';
import { entryOf, isReact, sessionModule, withDialog } from './page.ts';
import {
  type Files,
  folderOf,
  isCode,
  manifestAt,
  manifestOf,
  type Project,
  type Resolve,
  reached,
  resolver,
  SPECIFIER,
  scriptsFor,
  TOO_LARGE,
} from './recognize.ts';
import {
  type Address,
  addressOf,
  type ModuleKind,
  READS_VARIABLES,
  ROUTING,
  readsVariables,
  serverModule,
  withMiddleware,
} from './server.ts';
import {
  exportsOf,
  neighbours,
  readSource,
  type Source,
  styledAs,
  Unusual,
  withoutComments,
} from './source.ts';
import { CONSTRUCT_MODULE, withService } from './stack.ts';
import { hasPlugin, hostOf, newConfig, passesOnAnywhere, pluginCall, withPlugin } from './vite-config.ts';

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
  const behindVite = isBehindVite(project);
  const api = project.server === undefined ? undefined : planServer(plan, project.server, project);
  const { servers } = project;
  if (servers) {
    plan.attempt(
      serverLines('The server that has the API', loadsByRequire(plan, servers[0] ?? ''), behindVite),
      () => {
        throw new Unusual(`there are several servers of Express: ${servers.join(', ')}`);
      },
    );
  }
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
  /** With what is written, in its place. */
  readonly #all: Map<string, string>;
  #resolve: Resolve | undefined;
  readonly #version: string;

  constructor(files: Files, version: string, unread: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#all = new Map(files);
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

  /** A manifest; undefined: it is no JSON object, or was not read. */
  manifestAt(file: string): Manifest | undefined {
    return manifestAt(this.#files, file);
  }

  /** Of the manifest that holds for a file; none of one that is no JSON object. */
  scriptsFor(file: string): Readonly<Record<string, unknown>> {
    return scriptsFor(this.#files, file);
  }

  /** Whether the manifest that holds for a file says that its modules are those of the standard. */
  isOfModules(file: string): boolean {
    const manifest = this.manifestOf(file);
    return manifest !== undefined && this.manifestAt(manifest)?.type === 'module';
  }

  /** A file in a folder that begins so and was not read. */
  unreadAs(beginning: string): string | undefined {
    return [...this.#unread.keys()].find((file) => file.startsWith(beginning));
  }

  /** Whether one of the application's modules loads one of these. */
  loads(modules: RegExp): boolean {
    return this.mentioning(modules).length > 0;
  }

  /** The module of the application that another one loads so. */
  moduleOf(file: string, specifier: string): string | undefined {
    this.#resolve ??= resolver(this.#all);
    return this.#resolve(file, specifier);
  }

  /** A module, and what it loads of the application. */
  reached(file: string): Set<string> {
    return reached(this.#all, file, (from, specifier) => this.moduleOf(from, specifier));
  }

  /** The application's modules in which one of these is written, other than in a comment. */
  mentioning(what: RegExp): string[] {
    return this.#having((text) => what.test(text), [...this.#files.keys()].filter(isCode));
  }

  /** Those that a module loads, itself among them, in which one of these is written. */
  reachedMentioning(file: string, what: RegExp): string[] {
    return this.#having((text) => what.test(text), [...this.reached(file)]);
  }

  /** Whether one of these is written in a module, or in one that it loads. */
  reaches(file: string, what: RegExp): boolean {
    return this.reachedMentioning(file, what).length > 0;
  }

  /** The modules that load one before they read variables from a file. */
  readingVariablesAfter(file: string): string[] {
    return this.mentioning(READS_VARIABLES).filter((each) => {
      if (each === file || !this.reached(each).has(file)) return false;
      const text = withoutComments(this.read(each));
      // Imports come first, wherever they are written.
      const imports = /^import\s/m.test(text);
      return (
        (imports && readsVariables(text)) || text.search(READS_VARIABLES) > this.#loadedAt(each, text, file)
      );
    });
  }

  /** Where a module loads another one, itself or by others. */
  #loadedAt(file: string, text: string, wanted: string): number {
    for (const { index, 1: specifier = '' } of text.matchAll(SPECIFIER)) {
      const module = this.moduleOf(file, specifier);
      if (module !== undefined && this.reached(module).has(wanted)) return index;
    }
    return text.length;
  }

  #having(is: (text: string) => boolean, files: readonly string[]): string[] {
    return files.filter((file) => is(withoutComments(this.#all.get(file) ?? '')));
  }

  write(changes: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(changes)) {
      this.#written.set(file, text);
      this.#all.set(file, text);
    }
    this.#resolve = undefined;
  }

  /**
   * A new module beside a change. One of its name that loads these, and gives what it gives, is left from before, and is used.
   *
   * @throws Unusual for any other
   */
  create(file: string, text: string, modules: RegExp): void {
    const there = this.#files.get(file);
    if (this.#unread.has(file) || (there !== undefined && !modules.test(withoutComments(there))))
      throw new Unusual(`there is a ${file} already`);
    if (there === undefined) {
      this.write({ [file]: text });
      return;
    }
    const given = exportsOf(readSource(file, there));
    const missing = [...exportsOf(readSource(file, text))].filter((name) => !given.has(name));
    if (missing.length > 0)
      throw new Unusual(`there is a ${file} already, which exports no ${missing.join(', ')}`);
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

  /** Tells of what a server loads where it runs, and has for development alone. */
  tellOfDevelopment(file: string, names: readonly string[]): void {
    const manifest = this.manifestOf(file);
    const { dependencies, devDependencies } = (manifest && this.manifestAt(manifest)) || {};
    const misplaced = names.filter((name) => devDependencies?.[name] && !dependencies?.[name]);
    if (misplaced.length === 0) return;
    this.left.push(
      `${manifest}: ${file} loads ${misplaced.join(' and ')} where it is deployed, too. Move what it needs from devDependencies to dependencies.`,
    );
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

const PANEL = ROUTES.module;
const SERVER = /['"]curfew\/(?:dev|express|server)['"]/;
const GUARD = /['"]curfew\/(?:express|server)['"]/;
const SERVER_DEV = /['"]curfew\/dev['"]/;
const CLIENT = /['"]curfew\/(?:client|element|react|vue)['"]/;

/** @param require whether what is loaded is loaded so */
function serverLines(where: string, require: boolean, behindVite: boolean): string {
  const [guard, dev] = require
    ? ["const { sessionGuard } = require('curfew/express');", "require('curfew/dev')"]
    : ["import { sessionGuard } from 'curfew/express';", "(await import('curfew/dev'))"];
  return `${where}: in front of everything else, and below what reads NODE_ENV from a file
  ${guard}
  const dev = process.env.NODE_ENV === 'production' ? undefined : ${dev}.curfewDev();
  if (dev) app.use(dev);
and in front of what needs a session, by a guard that needs ${DYNAMO_DB[0]},
  app.use('/api', sessionGuard(dev?.guard));${behindVite ? `\n${VITE_LINES}` : ''}`;
}

const VITE_LINES = `and in Vite's configuration, with the address of this server:
  plugins: [${pluginCall('http://localhost:3000')}]`;

/** Whether Vite has the pages, and passes on to the server. */
function isBehindVite({ page }: Project): boolean {
  return page !== undefined && !page.isInServer;
}

/** @returns where a server that has Curfew answers, for Vite to pass on to */
function planServer(plan: Draft, file: string, project: Project): Address | undefined {
  const behindVite = isBehindVite(project);
  const lines = serverLines(file, loadsByRequire(plan, file), behindVite);
  const needed = () => (plan.reaches(file, GUARD) ? [DYNAMO_DB] : []);
  if (plan.reaches(file, SERVER_DEV)) plan.ready.add('server');
  else if (plan.reaches(file, SERVER)) {
    plan.left.push(
      `${file} has Curfew, but not curfew/dev: while you develop, it does not know the sessions of the page. It does with these lines.\n${lines}`,
    );
  } else {
    const isDone = plan.attempt(lines, () => addToServer(plan, file, project));
    if (isDone) plan.ready.add('server');
    plan.left.push(
      `Where ${file} is deployed: the variables NODE_ENV=production, TABLE_NAME and SITE_URL, and a role that \`sessions.grantGuard(role)\` lets use the table. Without the first, anybody there can sign in as anybody.`,
    );
    plan.tellOfDevelopment(file, ['curfew', ...needed().map(([name]) => name)]);
  }
  plan.depend(file, needed());
  return behindVite && plan.ready.has('server') ? knownAddress(plan, file) : undefined;
}

function knownAddress(plan: Draft, file: string): Address | undefined {
  try {
    const address = addressOf(file, plan.read(file));
    tellOfOtherOrigin(plan, file, address.origin);
    return address;
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

function loadsByRequire(plan: Draft, file: string): boolean {
  if (/\.[cm][jt]sx?$/.test(file)) return /\.c[jt]s/.test(file);
  if (plan.isOfModules(file)) return false;
  // Without a type, Node runs JavaScript by what it is written in.
  return !/\.jsx?$/.test(file) || !/^import\s/m.test(withoutComments(plan.read(file)));
}

/** @throws Unusual */
function addToServer(plan: Draft, file: string, project: Project): void {
  const source = readSource(file, plan.read(file));
  const kind = kindOf(plan, source);
  const extension = path.posix.extname(file).replace('x', '');
  const created = path.posix.join(folderOf(file), `curfew${extension}`);
  const isTyped = extension.endsWith('ts');
  const module = `./curfew${isTyped ? typedExtension(plan, source) : extension}`;
  const text = withMiddleware(file, source.text, module, kind, (specifier) => {
    const loaded = plan.moduleOf(file, specifier);
    return loaded !== undefined && plan.reaches(loaded, READS_VARIABLES);
  });
  const [reading] = plan.readingVariablesAfter(file);
  if (reading !== undefined)
    throw new Unusual(`${reading} loads it, and may read NODE_ENV from a file only then`);
  const [setting] = plan.reachedMentioning(file, ROUTING).filter((each) => each !== file);
  if (setting !== undefined) throw new Unusual(`${setting} may set how its paths are compared`);
  // Vite has Curfew itself where it can't be told whom to pass on to.
  const address = isBehindVite(project) ? addressOf(file, source.text) : undefined;
  plan.create(created, styledAs(source, serverModule(kind, isTyped)), SERVER);
  plan.write({ [file]: text });
  plan.left.push(
    `${file}: what needs no session under /api belongs above the guard. In front of what needs one under another path, with signedIn of ${module}\n  app.use('/orders', signedIn);`,
  );
  if (address?.isFallback) {
    plan.left.push(
      `In Vite's configuration: ${address.origin} is what ${file} falls back to. Where a variable says otherwise, the address that it has then.`,
    );
  }
  tellOfSockets(plan, file);
  tellOfOwnRoutes(plan, file);
  if (!project.page) {
    plan.left.push(
      `If the pages of ${file} are those of Vite in another folder: they ask by a path alone, such as /api/orders, and in Vite's configuration, with the address of this server,
  plugins: [${pluginCall('http://localhost:3000')}]`,
    );
  }
}

const SOCKETS = /['"](?:ws|socket\.io|sockjs|faye-websocket|websocket|upgrade)['"]/;

function tellOfSockets(plan: Draft, file: string): void {
  const files = plan.reachedMentioning(file, SOCKETS);
  if (files.length === 0) return;
  plan.left.push(
    `${files.join(', ')}: sockets are opened past the routes of Express, and so past the guard. docs/guides/server.md in the package says how any request is checked.`,
  );
}

/** Paths of the session API, in front of an application's own. */
export const OWN_ROUTES =
  /['"`](\/api\/(?:auth\/(?:callback|sign-in)|mark|openapi\.json|run\/(?:check|set)|session(?:\/(?:close|draft-key|open|sign-out|touch))?|sessions(?:\/revoke)?))(?=['"`?])/;

function tellOfOwnRoutes(plan: Draft, file: string): void {
  for (const each of plan.reachedMentioning(file, OWN_ROUTES)) {
    const routes = [...withoutComments(plan.read(each)).matchAll(new RegExp(OWN_ROUTES, 'g'))].map(
      ([, route]) => route,
    );
    plan.left.push(
      `${each}: Curfew answers ${[...new Set(routes)].join(', ')} itself, here and in a deployment. A route of your own there needs another path.`,
    );
  }
}

/** Tells of pages that ask the server by its own address: they show it no cookie, and the guard's 401 does not say so. */
function tellOfOtherOrigin(plan: Draft, file: string, api: string): void {
  const { port } = new URL(api);
  const suffix = port === '' ? '(?::80\\b|(?![\\w:.]))' : `:${port}\\b`;
  const address = new RegExp(
    `//(?:localhost|127\\.0\\.0\\.1|\\[::1\\])${suffix}|\\bimport\\.meta\\.env\\.VITE_(?:\\w*(?:API|BACKEND|BASE|SERVER)\\w*(?:BASE|ENDPOINT|HOST|ORIGIN|URL)|(?:BASE_)?API\\b)`,
  );
  const own = plan.reached(file);
  const asking = plan
    .mentioning(address)
    .filter((each) => !own.has(each) && !/\.config\.[cm]?[jt]s$/.test(each));
  if (asking.length === 0) return;
  plan.left.push(
    `${asking.join(', ')}: ask by a path alone, such as /api/orders, and not by ${api}. Vite passes it on, with the cookie of the page's own address; the server's guard answers 401 to any other.`,
  );
}

function kindOf(plan: Draft, { path: file, program }: Source): ModuleKind {
  if (/\.m[jt]s$/.test(file)) return 'import';
  const isModule = plan.isOfModules(file);
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
  const [, format = ''] = /\.([cm]?)tsx?$/.exec(source.path) ?? [];
  const isRunAsItIs = Object.values(plan.scriptsFor(source.path)).some((script) =>
    /(?<![\w-])node\s[^&|;]*\.[cm]?ts\b/.test(String(script).replaceAll(/\b(?:tsx|ts-node)\b[^&|;]*/g, '')),
  );
  if (isRunAsItIs) return `.${format}ts`;
  return (format === '' ? extensionOf(source) : undefined) ?? `.${format}js`;
}

/** As the other imports of a module have it; undefined: there are none. */
function extensionOf(source: Source): string | undefined {
  const [first] = neighbours(source).filter((module) => !/\.(?!tsx?$|jsx?$)\w+$/.test(module));
  if (first === undefined) return undefined;
  return /\.[jt]s(?=x?$)/.exec(first)?.[0] ?? '';
}

function planPage(plan: Draft, page: NonNullable<Project['page']>, api: Address | undefined): void {
  const html = path.posix.join(page.folder, 'index.html');
  const hasPanel = page.isInServer ? tellOfPanel(plan, html) : planPlugin(plan, page, api);
  const hasDialog = hasClient(plan, page.folder) || planDialog(plan, page.folder);
  if (hasPanel && hasDialog) plan.ready.add('page');
  plan.depend(html);
}

/** In a page that the server answers, with Vite inside of it: the plugin would pass on to the server that it is in. @returns whether it is there */
function tellOfPanel(plan: Draft, html: string): boolean {
  if (!plan.ready.has('server')) return false;
  if (plan.has(html) && plan.read(html).includes(PANEL)) return true;
  plan.left.push(
    `Vite runs in the server, which has Curfew, so it needs no plugin. For the panel, in the page, before any other script, in development alone:\n  <script src="${PANEL}"></script>`,
  );
  return false;
}

/** @returns whether it is there */
function planPlugin(
  plan: Draft,
  { folder, config }: NonNullable<Project['page']>,
  api: Address | undefined,
): boolean {
  const extension = plan.has(path.posix.join(folder, 'tsconfig.json')) ? 'ts' : 'js';
  const known = config ?? plan.unreadAs(path.posix.join(folder, 'vite.config.'));
  const file = known ?? path.posix.join(folder, `vite.config.${extension}`);
  const call = pluginCall(api?.origin ?? (plan.ready.has('server') ? 'http://localhost:3000' : undefined));
  const isReady = plan.attempt(
    `${file}: add ${call} of curfew/dev/vite to its plugins:
  import { curfewDev } from 'curfew/dev/vite';
  plugins: [${call}]`,
    () => {
      const text = known === undefined ? undefined : plan.read(file);
      // A plugin that passes on to the server already knows the address better than what this one falls back to.
      const isKnown = api?.isFallback === false;
      const isPassing = !isKnown && plan.ready.has('server') && text && hasPlugin(text);
      if (isPassing && passesOnAnywhere(file, text)) return;
      if (api === undefined && plan.ready.has('server'))
        throw new Unusual('the port at which the server listens is not known: put its own there');
      plan.write({
        [file]: text === undefined ? newConfig(api?.origin) : withPlugin(file, text, api?.origin),
      });
    },
  );
  if (listensEverywhere(file, plan.has(file) ? plan.read(file) : '', plan.scriptsFor(file))) {
    plan.left.push(
      'Let Vite listen on this machine alone, without `--host` and `server.host`: with the plugin anybody can sign in as anybody, and it stops Vite otherwise.',
    );
  }
  return isReady;
}

/** Whether Vite serves other machines, by its configuration or a script. */
function listensEverywhere(
  file: string,
  config: string,
  scripts: Readonly<Record<string, unknown>>,
): boolean {
  const hosts = Object.values(scripts).map((script) => {
    const [option, host = ''] =
      /\bvite\b(?! (?:build|preview)\b)[^&|;]*\s--host(?:[= ]+([^\s&|;-][^\s&|;]*))?/.exec(String(script)) ??
      [];
    return option === undefined ? undefined : host;
  });
  return [hostOf(file, config), ...hosts].some(
    (host) => host !== undefined && !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(String(host)),
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

/** @returns whether it is there */
function planDialog(plan: Draft, folder: string): boolean {
  return plan.attempt(
    `In the page's module:\n${sessionModule(false)
      .trimEnd()
      .replaceAll(/^(?=.)/gm, '  ')}`,
    () => {
      const entry = entryIn(plan, folder);
      const source = readSource(entry, plan.read(entry));
      const react = isReact(source.text);
      const extension = /\.[cm]?tsx?$/.test(entry) ? '.ts' : '.js';
      const created = path.posix.join(folderOf(entry), `session${extension}`);
      const usual = extensionOf(source);
      // A neighbour that is written otherwise says nothing of this one.
      const isUsable = usual === '' || usual === extension || (usual === '.js' && extension === '.ts');
      const module = `./session${isUsable ? usual : extension === '.js' ? '.js' : ''}`;
      const after = withDialog(entry, source.text, module);
      plan.create(created, styledAs(source, sessionModule(react)), CLIENT);
      plan.write({ [entry]: after });
      plan.left.push('In the page, a link to sign in:\n  <a href="/api/auth/sign-in?returnTo=/">Sign in</a>');
    },
  );
}

function planStack(plan: Draft, { folder, stacks }: NonNullable<Project['app']>): void {
  const [first] = stacks;
  const isRequired = first !== undefined && loadsByRequire(plan, first) && !/\.[cm]?ts$/.test(first);
  const loading = (name: string) =>
    isRequired
      ? `const { ${name} } = require('${CONSTRUCT_MODULE}');`
      : `import { ${name} } from '${CONSTRUCT_MODULE}';`;
  const lines = `In the stack: the service of sessions, which the README shows:
  ${loading('SessionService')}
  const sessions = new SessionService(this, 'Sessions');`;
  if (!plan.loads(/['"]curfew\/construct['"]/)) {
    plan.attempt(stacks.length === 1 ? `${stacks[0]}: ${lines}` : lines, () => {
      const [file] = stacks;
      if (file === undefined || stacks.length > 1) {
        throw new Unusual(
          stacks.length ? `there are several stacks: ${stacks.join(', ')}` : 'no stack was found',
        );
      }
      const text = withService(file, plan.read(file));
      const compiler = path.posix.join(folder, 'tsconfig.json');
      const isTyped = /\.[cm]?ts$/.test(file);
      if (isTyped && (!plan.has(compiler) || !/"noUnusedLocals"\s*:\s*false/.test(plan.read(compiler))))
        throw new Unusual(
          'its compiler may refuse a service that nothing uses yet: add it with what uses it, as below',
        );
      plan.write({ [file]: text });
    });
    plan.left.push(
      `In the stack: the site in front of the service, from the folder that its build writes
  ${loading('StaticSite')}
  new StaticSite(this, 'Site', { source: 'dist', sessions });
or, where there is a distribution in the stack already,
  sessions.addTo(distribution);`,
      `In front of each function that needs a session: in the stack, for a route of the API below the site
  sessions.protect(orders);
and in its handler, after \`npm install @middy/core\`,
  import middy from '@middy/core';
  import { sessionGuard } from 'curfew/guard';
  export const handler = middy()
    .use(sessionGuard())
    .handler(async ({ curfew: { session } }) => ({ statusCode: 200, body: session.subject }));`,
    );
  }
  plan.depend(path.posix.join(folder, 'cdk.json'));
}
