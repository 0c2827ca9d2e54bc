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
  propertyOf,
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

/**
 * A server with the middleware in front of everything else, and the guard behind it: nothing that the application adds comes before them.
 *
 * @param module the middleware's, as it is loaded
 * @throws Unusual for a server whose application is not made at its top
 */
export function withMiddleware(path: string, text: string, module: string, kind: ModuleKind): string {
  const source = readSource(path, text);
  const { statement, name } = applicationOf(source);
  const { quote, program, semicolon } = source;
  const isReadHere = readsEnvironment(source, statement);
  const lines = `${name}.use(curfew)${semicolon}
// Everything under /api needs a session. What needs none belongs above this line.
${name}.use(${quote}/api${quote}, signedIn)`;
  const isMade = afterLine(source, statement, lines);
  const called = `(${quote}${module}${quote})`;
  const loading =
    kind === 'import' && !isReadHere
      ? importing(source, NAMES, module)
      : aboveApplication(source, statement, kind === 'import' ? `await import${called}` : `require${called}`);
  const result = withInsertions(source, [
    loading,
    { ...isMade, text: isMade.text + endedAt(source, isMade.at) },
  ]);
  if (readSource(path, result).program.body.length !== program.body.length + 3)
    throw new Unusual('its lines would run into each other');
  return result;
}

/** What the module gives to the server. */
const NAMES = '{ curfew, signedIn }';

/** Below what is loaded there, and what the environment is read by. */
function aboveApplication(source: Source, application: Ast.Statement, loading: string): Insertion {
  const { program, semicolon } = source;
  const line = `const ${NAMES} = ${loading}${semicolon}`;
  const before = program.body[program.body.indexOf(application) - 1];
  if (before && loaded(before)) return afterLine(source, before, line);
  return { at: startOf(source, application), text: `${line}\n${indentOf(source, application)}` };
}

/**
 * Whether a server reads variables from a file by a statement of its own, after its imports: the module that reads NODE_ENV has to be
 * loaded later.
 *
 * @throws Unusual where it does so below its application
 */
function readsEnvironment({ program, text }: Source, application: Ast.Statement): boolean {
  const { body } = program;
  const names = body.flatMap((each) =>
    each.type === 'ImportDeclaration' && /dotenv/.test(each.source.value)
      ? each.specifiers.map(({ local }) => local.name)
      : [],
  );
  const reads = new RegExp(`\\b(?:${['dotenv', 'loadEnvFile', ...names].join('|')})\\b`);
  const last = body.findLastIndex(
    (each) => each.type !== 'ImportDeclaration' && reads.test(text.slice(from(each), to(each))),
  );
  if (last > body.indexOf(application)) throw new Unusual('it reads its environment below its application');
  return last >= 0;
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

/** Where a statement begins, with the comments that stand in lines of their own before it, and a `;` that protects it. */
function startOf({ text }: Source, statement: Ast.Statement): number {
  const own = (statement.leadingComments ?? []).find(({ start }) =>
    /(?:^|\n)[ \t]*$/.test(text.slice(0, start ?? 0)),
  );
  if (own?.start !== undefined) return own.start;
  const [protection = ''] = /(?<=(?:^|\n)[ \t]*);[ \t]*$/.exec(text.slice(0, from(statement))) ?? [];
  return from(statement) - protection.length;
}

/**
 * Where a server answers.
 *
 * @param isSet whether the environment may say otherwise than what is written as the other choice
 * @throws Unusual where that is not written out
 */
export function originOf(path: string, text: string, isSet: boolean): string {
  const source = readSource(path, text);
  if (/['"](?:(?:node:)?https|(?:node:)?http2|spdy)['"]/.test(text))
    throw new Unusual('it may listen by https');
  const made = applicationsIn(source);
  const isMade = (node: Ast.Node) => made.has(nameOf(node) ?? '');
  const ports = [...nodesOf(source.program)].flatMap((node) => {
    if (node.type !== 'CallExpression' && node.type !== 'OptionalCallExpression') return [];
    const { callee, arguments: given } = node;
    const isMember = callee.type === 'MemberExpression' || callee.type === 'OptionalMemberExpression';
    if (!isMember || nameOf(callee.property) !== 'listen') return [];
    const of = bare(callee.object);
    const isServer = isMade(of) || (of.type === 'CallExpression' && of.arguments.some(isMade));
    return { port: isServer && given[0] ? portOf(source, given[0], isSet) : undefined };
  });
  const [only] = ports;
  if (only?.port === undefined || ports.length > 1)
    throw new Unusual('the port at which it listens is not written out');
  return `http://localhost:${only.port}`;
}

/** The names of what `express()` makes, and of servers that are made of it. */
function applicationsIn({ program }: Source): ReadonlySet<string> {
  const express = program.body.map(loaded).find((each) => each?.module === 'express')?.name;
  const names = new Set<string>();
  for (const node of nodesOf(program)) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier') continue;
    const { id, init } = node;
    if (init?.type !== 'CallExpression') continue;
    const used = [init.callee, ...init.arguments].map((each) => nameOf(each));
    if (used[0] === express || used.slice(1).some((name) => names.has(name ?? ''))) names.add(id.name);
  }
  return names;
}

/** `3000`, `process.env.PORT ?? 3000`, `Number(process.env.PORT || 3000)`, `{ port: 3000 }`, and a name for one of them. */
function portOf(source: Source, node: Ast.Node, isSet: boolean): number | undefined {
  const value = constantOf(source, bare(node));
  if (value.type === 'NumericLiteral') return value.value || undefined;
  if (value.type === 'StringLiteral') return Number(value.value) || undefined;
  if (value.type === 'LogicalExpression' && value.operator !== '&&') {
    if (isSet) throw new Unusual('the port at which it listens may be set elsewhere');
    return portOf(source, value.right, isSet);
  }
  const inner =
    value.type === 'ObjectExpression'
      ? propertyOf(value, 'port')
      : value.type === 'CallExpression' && READS_NUMBER.test(nameOf(value.callee) ?? '')
        ? value.arguments[0]
        : undefined;
  return inner && portOf(source, inner, isSet);
}

const READS_NUMBER = /^(?:Number|parseInt|normalizePort)$/;
