import type * as Ast from '@babel/types';
import {
  afterLine,
  declarationOf,
  documentedFrom,
  endedAt,
  from,
  type Insertion,
  importing,
  indentOf,
  loaded,
  loadedBy,
  nameOf,
  nodesOf,
  readSource,
  type Source,
  to,
  Unusual,
  withInsertions,
  withoutComments,
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

/** What tells a compiler of the session of a request. */
export const REQUEST_TYPES = `declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      curfew: Guarded;
    }
  }
}`;

const TYPES = `import type { RequestHandler } from 'express';

${REQUEST_TYPES}
`;

/**
 * A server with the middleware in front of everything else, and the guard behind it: no route that the application adds comes before them.
 *
 * @param module the middleware's, as it is loaded
 * @param mayRead whether a module that the server loads, or one that this one loads, reads variables from a file
 * @throws Unusual for a server whose application is not made at its top
 */
export function withMiddleware(
  path: string,
  text: string,
  module: string,
  kind: ModuleKind,
  mayRead: (specifier: string) => boolean,
): string {
  const source = readSource(path, text);
  const application = applicationOf(source);
  const { statement, name } = application;
  const { quote, program, semicolon } = source;
  const lines = `${name}.use(curfew)${semicolon}
// Every request under /api needs a session. Where a route needs none, move this line below it, and above the others.
${name}.use(${quote}/api${quote}, signedIn)`;
  const isMade = afterLine(source, settingsOf(source, application), lines);
  const called = `(${quote}${module}${quote})`;
  const isLate = isRunAbove(source, application, mayRead) || kind === 'require';
  const loading = isLate
    ? aboveApplication(source, statement, kind === 'import' ? `await import${called}` : `require${called}`)
    : importing(source, NAMES, module);
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

/** Below what may set the variables that the module reads as it is loaded. */
function aboveApplication(source: Source, application: Ast.Statement, loading: string): Insertion {
  const { program, semicolon } = source;
  const line = `const ${NAMES} = ${loading}${semicolon}`;
  const before = program.body[program.body.indexOf(application) - 1];
  if (before && loaded(before)) return afterLine(source, before, line);
  // The first comments of a module are about all of it.
  const at = before ? startOf(source, application) : documentedFrom(application);
  return { at, text: `${line}\n${indentOf(source, application)}` };
}

/** What reads variables from a file, or sets the one that says whether this is production. */
export const READS_VARIABLES =
  /dotenv|\bloadEnvFile\b|\benv(?:\.|\[['"`])NODE_ENV['"`\]]*\s*(?:\?\?|\|\|)?=(?!=)/;

/** Whether a module reads variables from a file, other than by an import that does it at once. @param text without comments */
export function readsVariables(text: string): boolean {
  return READS_VARIABLES.test(text.replaceAll(/\bimport\s*['"][^'"]*dotenv[^'"]*['"]/g, ''));
}

/**
 * Whether something is run above the application, after the imports, which may set variables.
 *
 * @throws Unusual where they may be set beside it, or below
 */
function isRunAbove(
  source: Source,
  { statement, before }: Application,
  mayRead: (specifier: string) => boolean,
): boolean {
  const { body } = source.program;
  const at = body.indexOf(statement);
  const read = readersIn(source);
  const reads = (node: Ast.Node) =>
    readsVariables(codeOf(source, node)) ||
    namesIn(node).some((name) => read.has(name)) ||
    [...nodesOf(node)].some((each) => each.type === 'CallExpression' && mayRead(loadedBy(each) ?? ''));
  if (before.some((each) => reads(each) || (isRunning(each) && !(each.init && isLoading(each.init)))))
    throw new Unusual('it runs more in the statement that makes its application');
  if (body.slice(at + 1).some(reads)) throw new Unusual('it may read its variables below its application');
  return body.slice(0, at).some((each) => !DECLARES.test(declarationOf(each).type) && isRunning(each));
}

/** Names of what reads variables from a file. */
function readersIn(source: Source): Set<string> {
  const names = new Set<string>();
  for (const statement of source.program.body) {
    const ids =
      statement.type === 'ImportDeclaration' && statement.source.value.includes('dotenv')
        ? statement.specifiers.map(({ local }) => local)
        : statement.type === 'VariableDeclaration'
          ? statement.declarations
              .filter(({ init }) => init && isLoading(init) && /dotenv/.test(codeOf(source, init)))
              .map(({ id }) => id)
          : [];
    for (const id of ids)
      for (const node of nodesOf(id)) if (node.type === 'Identifier') names.add(node.name);
  }
  return names;
}

/** The names that are used in a node, other than as those of members. */
function namesIn(node: Ast.Node): string[] {
  const all = [...nodesOf(node)];
  const keys = new Set(
    all.map((each) => {
      if (each.type === 'MemberExpression') return each.computed ? undefined : each.property;
      return each.type === 'ObjectProperty' && !each.computed && !each.shorthand ? each.key : undefined;
    }),
  );
  return all.flatMap((each) => (each.type === 'Identifier' && !keys.has(each) ? each.name : []));
}

function isLoading(node: Ast.Node): boolean {
  return node.type === 'CallExpression' && loadedBy(node) !== undefined;
}

/** Statements that run nothing of their own, after imports. */
const DECLARES = /^(?:Import|Function|TS)/;
const RUNS = /^(?:Await|Assignment|(?:Optional)?Call|New|TaggedTemplate)Expression$/;

function isRunning(node: Ast.Node): boolean {
  return [...nodesOf(node)].some(({ type }) => RUNS.test(type));
}

/** The text of a node, without comments. */
export function codeOf({ text }: Source, node: Ast.Node): string {
  return withoutComments(text.slice(from(node), to(node)));
}

/** An application, and where it is made. */
interface Application {
  readonly statement: Ast.Statement;
  readonly name: string;
  /** What the statement declares before it. */
  readonly before: readonly Ast.VariableDeclarator[];
}

/** Tells what makes an application: `express()`, `require('express')()`. */
export function making({ program }: Source): (node: Ast.Node) => boolean {
  const express = program.body.map(loaded).find((each) => each?.module === 'express')?.name;
  return (node) => {
    if (node.type !== 'CallExpression') return false;
    const { callee } = node;
    if (callee.type !== 'CallExpression') return express !== undefined && nameOf(callee) === express;
    return loadedBy(callee) === 'express';
  };
}

/** `const app = express()`, and no other application. @throws Unusual for any other way, in which it may get routes before */
function applicationOf(source: Source): Application {
  const nodes = [...nodesOf(source.program)];
  const isMaking = making(source);
  const [only, ...others] = nodes.filter(isMaking);
  for (const statement of others.length > 0 ? [] : source.program.body) {
    const declaration = declarationOf(statement);
    if (declaration.type !== 'VariableDeclaration') continue;
    const at = declaration.declarations.findIndex(({ init }) => init === only);
    const id = declaration.declarations[at]?.id;
    if (id?.type !== 'Identifier') continue;
    const { name } = id;
    const uses = (node: Ast.Node) => [...nodesOf(node)].some((each) => nameOf(each) === name);
    const isChanged = nodes.some(
      (node) => node.type === 'AssignmentExpression' && nameOf(node.left) === name,
    );
    if (isChanged || declaration.declarations.slice(at + 1).some(uses))
      throw new Unusual('it does more with its application in the statement that makes it, or makes it anew');
    return { statement, name, before: declaration.declarations.slice(0, at) };
  }
  throw new Unusual('it does not make exactly one application of Express at its top');
}

/**
 * The last of the statements that set the application up, `app.set()`: what it compares paths by holds from its first `use` on.
 *
 * @throws Unusual where that is set further below
 */
function settingsOf(source: Source, { statement, name }: Application): Ast.Statement {
  const { body } = source.program;
  // A router below compares no case, and the guard in front of it would.
  const cased = body.map((each) => CASED.exec(codeOf(source, each))?.[0]).find((found) => found);
  if (cased) throw new Unusual(`it sets ${cased}, which the guard and a router may take otherwise`);
  const below = body.slice(body.indexOf(statement) + 1);
  const end = below.findIndex((each) => !isSetting(each, name));
  const [late] = (end < 0 ? [] : below.slice(end)).flatMap(
    (each) => ROUTING.exec(codeOf(source, each)) ?? [],
  );
  if (late) throw new Unusual(`it sets ${late} below other statements, where it would hold no longer`);
  return below[(end < 0 ? below.length : end) - 1] ?? statement;
}

const CASED = /['"`]case sensitive routing['"`]/;

/** Settings that an application compares paths by. */
export const ROUTING = /['"`](?:case sensitive routing|strict routing|query parser)['"`]/;

/** Whether a statement sets an application up, and does nothing else with it. */
function isSetting(statement: Ast.Statement, name: string): boolean {
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'CallExpression')
    return false;
  const { callee, arguments: given } = statement.expression;
  return (
    callee.type === 'MemberExpression' &&
    nameOf(callee.object) === name &&
    /^(?:disable|enable|engine|set)$/.test(nameOf(callee.property) ?? '') &&
    !given.some((each) => [...nodesOf(each)].some((node) => nameOf(node) === name))
  );
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
