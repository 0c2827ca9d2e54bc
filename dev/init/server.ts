import type * as Ast from '@babel/types';
import {
  afterLine,
  bare,
  constantOf,
  declarationOf,
  endedAt,
  from,
  type Insertion,
  importing,
  indentOf,
  loaded,
  nameOf,
  nodesOf,
  readSource,
  type Source,
  to,
  Unusual,
  withInsertions,
} from './source.ts';

/** How a module gets at others. */
export type ModuleKind = 'import' | 'require';

/** The module beside the server that has the middleware. */
export function serverModule(kind: ModuleKind, isTyped: boolean): string {
  const isImported = kind === 'import';
  const names = isTyped ? '{ type Guarded, sessionGuard }' : '{ sessionGuard }';
  const guard = isImported
    ? `import ${names} from 'curfew/express';`
    : `const ${names} = require('curfew/express');`;
  const dev = isImported ? "(await import('curfew/dev'))" : "require('curfew/dev')";
  const give = (name: string) =>
    isImported ? `export const ${name}${isTyped ? ': RequestHandler' : ''}` : `exports.${name}`;
  return `${guard}
${isTyped ? TYPES : ''}
// On this machine: the session API, a sign-in page for any name, and a panel. In production, SessionService has the API.
// Where NODE_ENV is not production, anybody can sign in as anybody: set it to production wherever others reach the server.
const dev = process.env.NODE_ENV === 'production' ? undefined : ${dev}.curfewDev();

/** In front of everything else. */
${give('curfew')} = dev ?? ((_request, _response, next) => next());

/** In front of what needs a session. In production it reads the variables TABLE_NAME and SITE_URL. */
${give('signedIn')} = sessionGuard(dev?.guard);
`;
}

const TYPES = `import type { RequestHandler } from 'express';

declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      curfew: Guarded;
    }
  }
}
`;

/** A path under the API's, as a text or in a regular expression. */
export const API_PATH = /(?:['"`}]|\\)\/api(?:\\?\/|['"`$])/;

/** A server with the middleware, and what is left to do. */
export interface GuardedServer {
  readonly text: string;
  /** Whether something is behind the guard. */
  readonly isGuarded: boolean;
}

/**
 * @param module the middleware's, as it is loaded
 * @param hasApi whether a path of the API is written in a module that the server loads, or in those that this one loads
 * @throws Unusual for a server whose application is not made at its top
 */
export function withMiddleware(
  path: string,
  text: string,
  module: string,
  kind: ModuleKind,
  hasApi: (specifier: string) => boolean,
): GuardedServer {
  const source = readSource(path, text);
  const { statement, name } = applicationOf(source);
  const { quote, program } = source;
  const route = firstOfApi(source, statement, name, hasApi);
  const names = route ? '{ curfew, signedIn }' : '{ curfew }';
  const isMade = afterLine(source, statement, `${name}.use(curfew)`);
  const insertions = [
    kind === 'import' ? importing(source, names, module) : requiring(source, names, module, statement),
    { ...isMade, text: isMade.text + endedAt(source, isMade.at) },
  ];
  if (route) {
    const at = startOf(source, route);
    const guard = `${name}.use(${quote}/api${quote}, signedIn)${endedAt(source, at)}`;
    const indent = indentOf(source, route);
    const note =
      '// Below this line, everything under /api needs a session. What needs none belongs above it.';
    insertions.push({ at, text: `${note}\n${indent}${guard}\n${indent}` });
  }
  const result = withInsertions(source, insertions);
  if (readSource(path, result).program.body.length !== program.body.length + insertions.length)
    throw new Unusual('its lines would run into each other');
  return { isGuarded: route !== undefined, text: result };
}

/** Above the application, which uses it: other modules may be loaded below. */
function requiring(source: Source, names: string, module: string, application: Ast.Statement): Insertion {
  const { quote, semicolon, program } = source;
  const above = program.body.slice(0, program.body.indexOf(application));
  const last = above.findLast((statement) => loaded(statement));
  if (!last) throw new Unusual('it loads no module above its application');
  return afterLine(source, last, `const ${names} = require(${quote}${module}${quote})${semicolon}`);
}

/** `const app = express()`. */
function applicationOf({ program }: Source): { readonly statement: Ast.Statement; readonly name: string } {
  const express = program.body.map(loaded).find((each) => each?.module === 'express')?.name;
  const found = program.body.flatMap((statement) => {
    const declaration = declarationOf(statement);
    if (declaration.type !== 'VariableDeclaration') return [];
    return declaration.declarations.flatMap(({ id, init }) => {
      const isMade =
        init?.type === 'CallExpression' && express !== undefined && nameOf(init.callee) === express;
      return isMade && id.type === 'Identifier' ? { statement, name: id.name } : [];
    });
  });
  const [only] = found;
  if (!only || found.length > 1)
    throw new Unusual('it does not make exactly one application of Express at its top');
  return only;
}

/** What a statement says, for the search of a path. */
interface Said {
  readonly statement: Ast.Statement;
  /** Every name in it. */
  readonly names: ReadonlySet<string>;
  /** Names that it declares. */
  readonly declared: ReadonlySet<string>;
  /** Names of which it uses a member, as in `router.get()`. */
  readonly extended: ReadonlySet<string>;
  readonly hasApi: boolean;
}

/**
 * The first statement that may add what answers under the API's path. In doubt a statement does: it uses the application, and such a
 * path is written in it, or in what it names, here or in a module that is loaded. A guard too early is seen at once, one too late is not.
 */
function firstOfApi(
  source: Source,
  made: Ast.Statement,
  application: string,
  hasApi: (specifier: string) => boolean,
): Ast.Statement | undefined {
  const all = source.program.body.map((statement) => saidIn(source, statement, hasApi));
  const byName = new Map<string, Said[]>();
  const add = (name: string, said: Said) => byName.set(name, [...(byName.get(name) ?? []), said]);
  for (const said of all) for (const name of said.declared) add(name, said);
  // `router.get()` is a part of the router that the module makes; `express.json()` is none of what it loads.
  const isMade = (name: string) => byName.get(name)?.some(({ statement }) => !isLoading(statement));
  for (const said of all) for (const name of said.extended) if (isMade(name)) add(name, said);
  const below = all.slice(all.findIndex(({ statement }) => statement === made) + 1);
  return below.find((said) => {
    // Until it is called, a function adds nothing.
    if (/^(?:Function|Class)/.test(declarationOf(said.statement).type)) return false;
    const seen = new Set([said]);
    // What is added on the way is looked at as well.
    for (const { names } of seen) {
      for (const name of names)
        if (name !== application) for (const each of byName.get(name) ?? []) seen.add(each);
    }
    return [...seen].some(({ names }) => names.has(application)) && [...seen].some((each) => each.hasApi);
  })?.statement;
}

function saidIn(source: Source, statement: Ast.Statement, hasApi: (specifier: string) => boolean): Said {
  const names = new Set<string>();
  const extended = new Set<string>();
  let isApi = API_PATH.test(source.text.slice(from(statement), to(statement)));
  for (const node of nodesOf(statement)) {
    if (node.type === 'Identifier') names.add(node.name);
    // What `import` and `require()` load is among them.
    else if (node.type === 'StringLiteral') isApi ||= hasApi(node.value);
    else if (node.type === 'MemberExpression') extended.add(nameOf(bare(node.object)) ?? '');
    else if (node.type === 'CallExpression') isApi ||= hasUnknownPath(source, node);
  }
  const declared = new Set<string>();
  for (const id of declaredBy(declarationOf(statement))) {
    for (const node of nodesOf(id)) if (node.type === 'Identifier') declared.add(node.name);
  }
  return { statement, names, declared, extended, hasApi: isApi };
}

function declaredBy(declaration: Ast.Statement): Ast.Node[] {
  if (declaration.type === 'ImportDeclaration') return declaration.specifiers.map(({ local }) => local);
  if (declaration.type === 'VariableDeclaration') return declaration.declarations.map(({ id }) => id);
  return 'id' in declaration && declaration.id ? [declaration.id] : [];
}

/** Whether a statement loads modules, as a whole or in parts. */
function isLoading(statement: Ast.Statement): boolean {
  if (statement.type === 'ImportDeclaration') return true;
  return (
    statement.type === 'VariableDeclaration' &&
    statement.declarations.some(
      ({ init }) => init?.type === 'CallExpression' && nameOf(init.callee) === 'require',
    )
  );
}

/** Whether a route has a path that is not written out: `app.use(process.env.BASE, router)`, `app.get(base + '/orders', list)`. */
function hasUnknownPath(
  { text }: Source,
  { callee, arguments: [first, second] }: Ast.CallExpression,
): boolean {
  if (callee.type !== 'MemberExpression' || !ADDS.test(nameOf(callee.property) ?? '')) return false;
  if (!first || !second) return false;
  return (
    first.type === 'BinaryExpression' ||
    (first.type === 'TemplateLiteral' && first.expressions.length > 0) ||
    /^process\.env\b/.test(text.slice(from(first), to(first)))
  );
}

/** What adds a route. */
const ADDS = /^(?:all|delete|get|head|options|patch|post|put|use)$/;

/** Where a statement begins, with the comments that stand in lines of their own before it, and a `;` that protects it. */
function startOf({ text }: Source, statement: Ast.Statement): number {
  const own = (statement.leadingComments ?? []).find(({ start }) =>
    /(?:^|\n)[ \t]*$/.test(text.slice(0, start ?? 0)),
  );
  if (own?.start !== undefined) return own.start;
  const [protection = ''] = /(?<=(?:^|\n)[ \t]*);[ \t]*$/.exec(text.slice(0, from(statement))) ?? [];
  return from(statement) - protection.length;
}

/** Where a server answers. @throws Unusual where that is not written out */
export function originOf(path: string, text: string): string {
  const source = readSource(path, text);
  if (/['"](?:(?:node:)?https|(?:node:)?http2|spdy)['"]/.test(text))
    throw new Unusual('it may listen by https');
  const ports = new Set<number>();
  for (const node of nodesOf(source.program)) {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') continue;
    if (nameOf(node.callee.property) !== 'listen') continue;
    const port = node.arguments[0] && numberOf(source, node.arguments[0]);
    if (port !== undefined) ports.add(port);
  }
  const [port] = ports;
  if (port === undefined || ports.size > 1)
    throw new Unusual('the port at which it listens is not written out');
  return `http://localhost:${port}`;
}

/** `3000`, `process.env.PORT ?? 3000`, `Number(process.env.PORT || 3000)`, and a name for one of them. */
function numberOf(source: Source, node: Ast.Node): number | undefined {
  const value = constantOf(source, bare(node));
  if (value.type === 'NumericLiteral') return value.value;
  if (value.type === 'StringLiteral') return Number(value.value) || undefined;
  if (value.type === 'LogicalExpression') return numberOf(source, value.right);
  if (value.type === 'CallExpression' && value.arguments[0]) return numberOf(source, value.arguments[0]);
  return undefined;
}
