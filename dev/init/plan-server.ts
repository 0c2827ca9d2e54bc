import path from 'node:path';
import { type Address, addressOf, NO_PORT } from './address.ts';
import type { Draft } from './draft.ts';
import { folderOf, type Project } from './recognize.ts';
import {
  type ModuleKind,
  READS_VARIABLES,
  REQUEST_TYPES,
  ROUTING,
  serverModule,
  withMiddleware,
} from './server.ts';
import { extensionOf, readSource, type Source, styledAs, Unusual, withoutComments } from './source.ts';
import { pluginCall } from './vite-config.ts';

/** The oldest release that a guard works with. */
export const DYNAMO_DB = ['@aws-sdk/client-dynamodb', '^3.521.0'] as const;

const SERVER = /['"]curfew\/(?:dev|express|server)['"]/;
const GUARD = /['"]curfew\/(?:express|server)['"]/;
const SERVER_DEV = /['"]curfew\/dev['"]/;

/** @param file the server, or the first of several */
function serverLines(plan: Draft, file: string, where: string, behindVite: boolean): string {
  const isTyped = /\.[cm]?tsx?$/.test(file);
  const require = plan.loadsByRequire(file);
  const names = isTyped ? '{ type Guarded, sessionGuard }' : '{ sessionGuard }';
  const guard =
    require && !isTyped
      ? `const ${names} = require('curfew/express');`
      : `import ${names} from 'curfew/express';`;
  const loaded = isTyped ? "(require('curfew/dev') as typeof import('curfew/dev'))" : "require('curfew/dev')";
  const dev = require ? loaded : "(await import('curfew/dev'))";
  const types = `\n${REQUEST_TYPES.replaceAll(/^(?=.)/gm, '  ')}`;
  return `${where}: in front of everything else, and below what reads NODE_ENV from a file
  ${guard}${isTyped ? types : ''}
  const dev = process.env.NODE_ENV === 'production' ? undefined : ${dev}.curfewDev();
  if (dev) app.use(dev);
and in front of what needs a session, by a guard that needs ${DYNAMO_DB[0]},
  app.use('/api', sessionGuard(dev?.guard));${behindVite ? `\n${VITE_LINES}` : ''}`;
}

const VITE_LINES = `and in Vite's configuration, for its curfewDev(), with the address of this server:
  plugins: [${pluginCall('http://localhost:3000')}]`;

/** Whether Vite has the pages, and passes on to the server. */
function isBehindVite({ page }: Project): boolean {
  return page !== undefined && !page.isInServer;
}

/** @returns where a server that has Curfew answers, for Vite to pass on to */
export function planServers(plan: Draft, project: Project): Address | undefined {
  const { servers = [] } = project;
  const server = project.server ?? servers.find((each) => plan.reaches(each, SERVER_DEV));
  if (server !== undefined) return planServer(plan, server, project);
  const [first] = servers;
  if (first === undefined) return undefined;
  const which = 'The server that has the API';
  plan.attempt(serverLines(plan, first, which, isBehindVite(project)), () => {
    throw new Unusual(`there are several servers of Express: ${servers.join(', ')}`);
  });
  tellOfDeployment(plan, 'it');
  return undefined;
}

function planServer(plan: Draft, file: string, project: Project): Address | undefined {
  const behindVite = isBehindVite(project);
  const lines = serverLines(plan, file, file, behindVite);
  plan.listener = listenerOf(plan, file);
  const needed = () => (plan.reaches(file, GUARD) ? [DYNAMO_DB] : []);
  if (plan.reaches(file, SERVER_DEV)) plan.ready.add('server');
  else if (plan.reaches(file, SERVER)) {
    plan.left.push(
      `${file} has Curfew, but not curfew/dev: while you develop, it does not know the sessions of the page. It does with these lines.\n${lines}`,
    );
  } else {
    const isDone = plan.attempt(lines, () => addToServer(plan, file, project));
    if (isDone) plan.ready.add('server');
    tellOfDeployment(plan, file);
    plan.tellOfDevelopment(file, ['curfew', ...needed().map(([name]) => name)]);
  }
  plan.depend(file, needed());
  return behindVite && plan.ready.has('server') ? knownAddress(plan, file) : undefined;
}

function tellOfDeployment(plan: Draft, server: string): void {
  plan.left.push(
    `Where ${server} is deployed: the variables NODE_ENV=production, TABLE_NAME and SITE_URL, and a role that \`sessions.grantGuard(role)\` lets use the table. Without the first, anybody there can sign in as anybody.`,
  );
}

/** The module that listens for a server: itself, or the only one that loads it and does; undefined: it is not known. */
function listenerOf(plan: Draft, file: string): string | undefined {
  const listens = (each: string) => /\.listen\s*\(/.test(withoutComments(plan.read(each)));
  if (listens(file)) return file;
  const [loading, ...others] = plan.loadingItself(file).filter(listens);
  return others.length > 0 ? undefined : loading;
}

/** @throws Unusual where it is not written out where a server answers */
function addressFor(plan: Draft, file: string): Address {
  const { listener } = plan;
  if (listener === undefined) throw new Unusual(NO_PORT);
  return addressOf(listener, plan.read(listener), (specifier) => plan.moduleOf(listener, specifier) === file);
}

function knownAddress(plan: Draft, file: string): Address | undefined {
  try {
    const address = addressFor(plan, file);
    tellOfOtherOrigin(plan, file, address.origin);
    return address;
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
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
    throw new Unusual(
      `${reading} loads it, and may read NODE_ENV from a file only then: read it first there, as by \`import 'dotenv/config'\`, and run this again`,
    );
  const [setting] = plan.reachedMentioning(file, ROUTING).filter((each) => each !== file);
  if (setting !== undefined) throw new Unusual(`${setting} may set how its paths are compared`);
  // Vite has Curfew itself where it can't be told whom to pass on to.
  const address = isBehindVite(project) ? addressFor(plan, file) : undefined;
  plan.create(created, styledAs(source, serverModule(kind, isTyped)), SERVER);
  plan.write({ [file]: text });
  plan.left.push(
    `${file}: where a route under /api needs no session, move the line of the guard below it, and above the others. In front of what needs one under another path, with signedIn of ${module}\n  app.use('/orders', signedIn);`,
  );
  if (address?.isFallback) {
    plan.left.push(
      `In Vite's configuration: ${address.origin} is what ${address.file} falls back to. Where a variable says otherwise, the address that it has then.`,
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

const SOCKETS = /['"](?:ws|socket\.io|engine\.io|sockjs|faye-websocket|websocket|upgrade)['"]/;

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
    if (!isModule || file.endsWith('.cts'))
      throw new Unusual('TypeScript may compile it to `require`: its package.json has no "type": "module"');
    const old = oldCompiler(plan, file);
    if (old === undefined) return 'import';
    throw new Unusual(`its tsconfig.json has ${old}, which knows no \`await\` outside of a function`);
  }
  if (program.sourceType === 'module' && !isModule)
    throw new Unusual('its imports may be compiled to `require`: its package.json has no "type": "module"');
  return isModule && !file.endsWith('.cjs') ? 'import' : 'require';
}

/** What the nearest tsconfig.json sets that compiles no `await` at the top of a module. */
function oldCompiler(plan: Draft, file: string): string | undefined {
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const config = path.posix.join(folder, 'tsconfig.json');
    if (plan.has(config)) return OLD.exec(withoutComments(plan.read(config)))?.[0];
    if (folder === '') return undefined;
  }
}

const OLD =
  /"module"\s*:\s*"(?:amd|commonjs|es6|es2015|es2020|none|umd)"|"target"\s*:\s*"(?:es3|es5|es6|es2015|es2016)"/i;

/** How a server in TypeScript imports what stands beside it. */
function typedExtension(plan: Draft, source: Source): string {
  const [, format = ''] = /\.([cm]?)tsx?$/.exec(source.path) ?? [];
  const isRunAsItIs = Object.values(plan.scriptsFor(source.path)).some((script) =>
    /(?<![\w-])node\s[^&|;]*\.[cm]?ts\b/.test(String(script).replaceAll(/\b(?:tsx|ts-node)\b[^&|;]*/g, '')),
  );
  if (isRunAsItIs) return `.${format}ts`;
  return (format === '' ? extensionOf(source) : undefined) ?? `.${format}js`;
}
