import type * as Ast from '@babel/types';
import { codeOf, making } from './server.ts';
import {
  bare,
  constantOf,
  loadedBy,
  nameOf,
  nodesOf,
  propertyOf,
  readSource,
  type Source,
  Unusual,
  withoutComments,
} from './source.ts';

/** Where a server answers, as far as its source says so. */
export interface Address {
  /** The module that says it. */
  readonly file: string;
  readonly origin: string;
  /** Whether that is what it falls back to: a variable may say otherwise. */
  readonly isFallback: boolean;
}

/**
 * @param isServer whether what it loads is the module that makes the application, where that is another one
 * @throws Unusual where it is not written out
 */
export function addressOf(
  path: string,
  text: string,
  isServer: (specifier: string) => boolean = () => false,
): Address {
  const source = readSource(path, text);
  if (
    /(?:\bfrom|\bimport\s*\(?|\brequire\s*\()\s*['"](?:(?:node:)?https|(?:node:)?http2|spdy)['"]/.test(
      withoutComments(text),
    )
  )
    throw new Unusual('it may listen by https');
  const made = applicationsIn(source, isServer);
  const isMade = (node: Ast.Node) =>
    made.has(nameOf(node) ?? '') || (node.type === 'CallExpression' && isServer(loadedBy(node) ?? ''));
  const ports = [...nodesOf(source.program)].flatMap((node) => {
    if (node.type !== 'CallExpression' && node.type !== 'OptionalCallExpression') return [];
    const { callee, arguments: given } = node;
    const isMember = callee.type === 'MemberExpression' || callee.type === 'OptionalMemberExpression';
    if (!isMember || nameOf(callee.property) !== 'listen') return [];
    const server = bare(callee.object);
    const isOwn = isMade(server) || (server.type === 'CallExpression' && server.arguments.some(isMade));
    return { port: isOwn && given[0] ? portOf(source, given[0]) : undefined };
  });
  const [only] = ports;
  if (only?.port === undefined || ports.length > 1) throw new Unusual(NO_PORT);
  const { port, isFallback } = only.port;
  return { file: path, origin: `http://localhost:${port}`, isFallback };
}

/** Why an address is not known. */
export const NO_PORT = 'the port at which it listens is not written out';

/** The names of applications, and of servers that are made of one. */
function applicationsIn(source: Source, isServer: (specifier: string) => boolean): ReadonlySet<string> {
  const isMaking = making(source);
  const names = new Set<string>();
  for (const node of nodesOf(source.program)) {
    if (node.type === 'ImportDeclaration' && isServer(node.source.value))
      for (const { local } of node.specifiers) names.add(local.name);
    if (node.type !== 'VariableDeclarator' || node.init?.type !== 'CallExpression') continue;
    const { id, init } = node;
    const isMade = isMaking(init) || isServer(loadedBy(init) ?? '');
    if (isMade || init.arguments.some((each) => names.has(nameOf(each) ?? '')))
      for (const each of nodesOf(id)) if (each.type === 'Identifier') names.add(each.name);
  }
  return names;
}

interface Port {
  readonly port: number;
  readonly isFallback: boolean;
}

/**
 * `3000`, `process.env.PORT ?? 3000`, `Number(process.env.PORT || 3000)`, `{ port: 3000 }`, and a name for one of them.
 *
 * @param names that stand for it on the way
 */
function portOf(source: Source, node: Ast.Node, names: readonly string[] = []): Port | undefined {
  const written = bare(node);
  const name = written.type === 'Identifier' ? written.name : undefined;
  if (name !== undefined && (names.includes(name) || timesDeclared(source, name) !== 1)) return undefined;
  const within = name === undefined ? names : [...names, name];
  const portIn = (inner: Ast.Node | undefined) => inner && portOf(source, inner, within);
  const fallback = (test: Ast.Node, other: Ast.Node): Port | undefined => {
    const port = /\benv(?:\.|\[)/.test(codeOf(source, test)) ? portIn(other) : undefined;
    return port && { ...port, isFallback: true };
  };
  const value = constantOf(source, node);
  if (value.type === 'NumericLiteral' || value.type === 'StringLiteral') {
    const port = Number(value.value);
    return Number.isInteger(port) && port > 0 && port < 65_536 ? { port, isFallback: false } : undefined;
  }
  if (value.type === 'LogicalExpression')
    return value.operator === '&&' ? undefined : fallback(value.left, value.right);
  if (value.type === 'ConditionalExpression') return fallback(value.test, value.alternate);
  if (value.type === 'ObjectExpression') return portIn(propertyOf(value, 'port'));
  if (value.type === 'CallExpression')
    return READS_NUMBER.test(nameOf(value.callee) ?? '') ? portIn(value.arguments[0]) : undefined;
  const port = name === undefined ? undefined : portIn(defaultOf(source, name));
  return port && { ...port, isFallback: true };
}

/** The other choice of `const { PORT = 3000 } = process.env`. */
function defaultOf(source: Source, name: string): Ast.Node | undefined {
  for (const node of nodesOf(source.program)) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'ObjectPattern') continue;
    if (!node.init || !/\benv$/.test(codeOf(source, node.init))) continue;
    for (const property of node.id.properties) {
      const value = property.type === 'ObjectProperty' ? property.value : undefined;
      if (value?.type === 'AssignmentPattern' && nameOf(value.left) === name) return value.right;
    }
  }
  return undefined;
}

/** How often a name is declared, by variables and by what functions take. */
function timesDeclared({ program }: Source, name: string): number {
  const declared: Ast.Node[] = [];
  for (const node of nodesOf(program)) {
    if (node.type === 'VariableDeclarator') declared.push(node.id);
    else if ('params' in node) declared.push(...node.params);
  }
  return declared.filter((each) => [...nodesOf(each)].some((inner) => nameOf(inner) === name)).length;
}

const READS_NUMBER = /^(?:Number|parseInt|normalizePort)$/;
