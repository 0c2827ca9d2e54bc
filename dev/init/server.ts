import type * as Ast from '@babel/types';
import {
  afterLine,
  bare,
  constantOf,
  from,
  type Insertion,
  importing,
  loaded,
  nameOf,
  nodesOf,
  readSource,
  type Source,
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

/** Routes of an application. */
const ROUTES = /^(?:all|delete|get|patch|post|put|use)$/;

/** A server with the middleware, and what is left to do. */
export interface GuardedServer {
  readonly text: string;
  /** Whether something is behind the guard. */
  readonly isGuarded: boolean;
}

/** @param module the middleware's, as it is loaded @throws Unusual for a server whose application is not made at its top */
export function withMiddleware(path: string, text: string, module: string, kind: ModuleKind): GuardedServer {
  const source = readSource(path, text);
  const { statement, name } = applicationOf(source);
  const { quote, semicolon } = source;
  const route = source.program.body.find((each) => isRouteOf(each, name));
  const names = route ? '{ curfew, signedIn }' : '{ curfew }';
  const guard = `// Everything under /api needs a session from here on: what does not belongs above.
${name}.use(${quote}/api${quote}, signedIn)${semicolon}
`;
  return {
    isGuarded: route !== undefined,
    text: withInsertions(source, [
      kind === 'import' ? importing(source, names, module) : requiring(source, names, module, statement),
      afterLine(source, statement, `${name}.use(curfew)${semicolon}`),
      ...(route ? [{ at: startOf(source, route), text: guard }] : []),
    ]),
  };
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
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') return [];
    return declaration.declarations.flatMap(({ id, init }) => {
      const isMade =
        init?.type === 'CallExpression' && express !== undefined && nameOf(init.callee) === express;
      return isMade && id.type === 'Identifier' ? { statement, name: id.name } : [];
    });
  });
  const [only] = found;
  if (!only || found.length > 1)
    throw new Unusual('it makes not exactly one application of Express at its top');
  return only;
}

function isRouteOf(statement: Ast.Statement, name: string): boolean {
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'CallExpression')
    return false;
  const {
    callee,
    arguments: [path],
  } = statement.expression;
  if (callee.type !== 'MemberExpression' || nameOf(callee.object) !== name) return false;
  return (
    ROUTES.test(nameOf(callee.property) ?? '') &&
    path?.type === 'StringLiteral' &&
    /^\/api(?:\/|$)/.test(path.value)
  );
}

/** Where a statement begins with the comments that stand in lines of their own before it. */
function startOf({ text }: Source, statement: Ast.Statement): number {
  const own = (statement.leadingComments ?? []).find(({ start }) =>
    /(?:^|\n)[ \t]*$/.test(text.slice(0, start ?? 0)),
  );
  return own?.start ?? from(statement);
}

/** The port at which a server listens; undefined: it says no number. */
export function portOf(path: string, text: string): number | undefined {
  const source = readSource(path, text);
  for (const node of nodesOf(source.program)) {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') continue;
    if (nameOf(node.callee.property) !== 'listen') continue;
    const port = node.arguments[0] && numberOf(source, node.arguments[0]);
    if (port !== undefined) return port;
  }
  return undefined;
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
