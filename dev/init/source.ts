import { type ParserPlugin, parse } from '@babel/parser';
import type * as Ast from '@babel/types';

/** What can't be changed safely: the file stays as it is, and the user is told this reason. */
export class Unusual extends Error {}

/** A text that is put into a source, and nothing of it taken away. */
export interface Insertion {
  readonly at: number;
  /** Its lines end in `\n`, whatever the source's do. */
  readonly text: string;
}

/** A text, as its author writes. */
export interface Written {
  readonly text: string;
  /** One step. */
  readonly indent: string;
}

/** A module of an application. */
export interface Source extends Written {
  readonly path: string;
  readonly program: Ast.Program;
  readonly comments: readonly string[];
  /** Such as `'`. */
  readonly quote: string;
  /** `;`, or nothing. */
  readonly semicolon: string;
}

/** @param what how it is called where it does not parse @throws Unusual for what is no JavaScript or TypeScript */
export function readSource(path: string, text: string, what = path): Source {
  const isTyped = /\.[cm]?tsx?$/.test(path);
  // `<T>value` is a cast in a .ts file and an element in a .tsx file.
  const plugins: ParserPlugin[] = [...(isTyped ? (['typescript'] as const) : [])];
  if (!/\.[cm]?ts$/.test(path)) plugins.push('jsx');
  plugins.push('decorators');
  const { program, comments } = parsed(what, () =>
    // What is put behind a value in parentheses is put behind them.
    parse(text, { sourceType: 'unambiguous', plugins, createParenthesizedExpressions: true }),
  );
  const [first] = program.body;
  const quoted = first?.type === 'ImportDeclaration' ? first.source : undefined;
  const statement = program.body.find(({ type }) => /^(?:Import|Variable|Expression)/.test(type));
  return {
    path,
    text,
    program,
    comments: (comments ?? []).map(({ value }) => value),
    quote: quoted ? text.charAt(from(quoted)) : /require\("|^import "/m.test(text) ? '"' : "'",
    semicolon: !statement || text.charAt(to(statement) - 1) === ';' ? ';' : '',
    indent: /^(?:\t+| {2,4})(?=[^\s*])/m.exec(text)?.[0].replace(/^\t+/, '\t') ?? '  ',
  };
}

function parsed<T>(what: string, parseIt: () => T): T {
  try {
    return parseIt();
  } catch (error) {
    throw new Unusual(`${what} does not parse: ${error instanceof Error ? error.message : error}`);
  }
}

/** The text with the insertions, of which none is lost: the result parses, and no comment has grown. @throws Unusual otherwise */
export function withInsertions({ path, text, comments }: Source, insertions: readonly Insertion[]): string {
  const result = inserted(text, insertions);
  const after = readSource(path, result, `${path} with these lines`);
  const isKnown = (comment: string) =>
    comments.includes(comment) || insertions.some((each) => each.text.includes(comment));
  if (!after.comments.every(isKnown)) throw new Unusual('its lines would be a part of a comment');
  return result;
}

/** A text without its comments, to look for what it loads. A regular expression with a quote may hide one that follows it. */
export function withoutComments(text: string): string {
  return text.replaceAll(TEXT_OR_COMMENT, (found) => (/^['"`]/.test(found) ? found : ''));
}

/** A text in quotes, or a comment, closed or not. The `//` of an address is none, nor is one that a regular expression escapes. */
const TEXT_OR_COMMENT =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|(?<!\\)\/\*[\s\S]*?(?:\*\/|$)|(?<![:\\])\/\/.*|<!--[\s\S]*?(?:-->|$)/g;

/** The text with the insertions, which end their lines as it does. */
export function inserted(text: string, insertions: readonly Insertion[]): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  // From the end, so that no offset moves. What goes to the same place stays in its order.
  return insertions
    .toReversed()
    .toSorted((a, b) => b.at - a.at)
    .reduce(
      (done, { at, text: added }) => done.slice(0, at) + added.replaceAll('\n', lineEnd) + done.slice(at),
      text,
    );
}

/** Offset at which a node begins. */
export function from(node: Ast.Node): number {
  return offset(node.start);
}

/** Offset at which a node has ended. */
export function to(node: Ast.Node): number {
  return offset(node.end);
}

function offset(value: number | null | undefined): number {
  if (value === null || value === undefined) throw new Error('a node of a parsed source has its place');
  return value;
}

/** What the line begins with that a node begins in. */
export function indentOf({ text }: Written, node: Ast.Node): string {
  const lineStart = text.lastIndexOf('\n', from(node) - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
}

/** A line after the last import, or the first in the module. */
export function importing(source: Source, what: string, module: string): Insertion {
  const { program, quote, semicolon } = source;
  const line = `import ${what}${what && ' from '}${quote}${module}${quote}${semicolon}`;
  const last = program.body.findLast(({ type }) => type === 'ImportDeclaration');
  if (last) return afterLine(source, last, line);
  const [first] = program.body;
  if (first) return { at: documentedFrom(first), text: `${line}\n\n` };
  const isEnded = source.text === '' || source.text.endsWith('\n');
  return { at: source.text.length, text: `${isEnded ? '' : '\n'}${line}\n` };
}

/** Where a statement begins, with a comment that gives it its type. */
export function documentedFrom(statement: Ast.Statement): number {
  const last = statement.leadingComments?.at(-1);
  return last?.type === 'CommentBlock' && last.value.startsWith('*') ? offset(last.start) : from(statement);
}

/** A line after the last module that is loaded at the top by require(). @returns undefined: there is none */
export function requiring(source: Source, what: string, module: string): Insertion | undefined {
  const { program, quote, semicolon } = source;
  const last = program.body.findLast(
    (each) =>
      each.type === 'VariableDeclaration' &&
      each.declarations.some(
        ({ init }) => init?.type === 'CallExpression' && nameOf(init.callee) === 'require',
      ),
  );
  return last && afterLine(source, last, `const ${what} = require(${quote}${module}${quote})${semicolon}`);
}

/** Lines of their own after a statement, and after a comment that ends its line. */
export function afterLine(source: Source, node: Ast.Node, lines: string): Insertion {
  // A `;` that begins a line ends the statement above it, and protects the one that it stands before.
  const isEndedBelow = /\n[ \t]*;$/.test(source.text.slice(from(node), to(node)));
  const last =
    node.type === 'VariableDeclaration'
      ? node.declarations.at(-1)
      : node.type === 'ExpressionStatement'
        ? node.expression
        : undefined;
  const end = to(isEndedBelow && last ? last : node);
  const [comment = ''] = /^[ \t]*(?:\/\/[^\r\n]*)?(?=\r?\n|$)/.exec(source.text.slice(end)) ?? [];
  const indent = indentOf(source, node);
  return { at: end + comment.length, text: `\n${lines}`.replaceAll(/\n(?=.)/g, `\n${indent}`) };
}

/** An element at the end of a list, in a line of its own if the last one has. */
export function appending(source: Source, list: Ast.ArrayExpression, element: string): Insertion {
  const last = list.elements.at(-1);
  if (!last) {
    if (list.elements.length > 0) throw new Unusual('a list has holes');
    return { at: from(list) + 1, text: element };
  }
  return { at: to(last), text: `,${separator(source, list, last)}${element}` };
}

/** A property at the end of an object, in a line of its own if the last one has. */
export function adding(source: Written, object: Ast.ObjectExpression, property: string): Insertion {
  const last = object.properties.at(-1);
  if (last) return { at: to(last), text: `,${separator(source, object, last)}${property}` };
  const indent = indentOf(source, object);
  return { at: from(object) + 1, text: `\n${indent}${source.indent}${property}\n${indent}` };
}

/** What stands between the last element and a further one. */
function separator(source: Written, around: Ast.Node, last: Ast.Node): string {
  const before = source.text.slice(from(around), from(last));
  return /\n[ \t]*$/.test(before) ? `\n${indentOf(source, last)}` : ' ';
}

/** A new module, written as another one is. */
export function styledAs({ quote, semicolon }: Source, text: string): string {
  return text.replaceAll("'", quote).replaceAll(/;$/gm, semicolon);
}

/** What ends a statement that is put there: where its author writes none, a `;` only before what would go on with it. */
export function endedAt({ text, semicolon }: Source, at: number): string {
  return semicolon || (/^\s*(?:[([`+-]|\/(?![/*]))/.test(text.slice(at)) ? ';' : '');
}

/** What a statement declares, exported or not; the statement itself where it declares nothing. */
export function declarationOf(statement: Ast.Statement): Ast.Statement {
  return (statement.type === 'ExportNamedDeclaration' && statement.declaration) || statement;
}

/** The modules beside it that a module imports. */
function neighbours({ program }: Source): string[] {
  const modules = program.body.flatMap((each) =>
    each.type === 'ImportDeclaration' ? each.source.value : [],
  );
  return modules.filter((module) => module.startsWith('.'));
}

/** As the other imports of a module have it; undefined: there are none. */
export function extensionOf(source: Source): string | undefined {
  const [first] = neighbours(source).filter((module) => !/\.(?!tsx?$|jsx?$)\w+$/.test(module));
  if (first === undefined) return undefined;
  return /\.[jt]s(?=x?$)/.exec(first)?.[0] ?? '';
}

/** Every node below one, itself included. */
export function* nodesOf(root: Ast.Node): Generator<Ast.Node> {
  const rest = [root];
  for (let node = rest.pop(); node; node = rest.pop()) {
    yield node;
    // One by one: a list may have more than a call takes.
    for (const child of Object.values(node).flat().filter(isNode).reverse()) rest.push(child);
  }
}

function isNode(value: unknown): value is Ast.Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    'start' in value &&
    'end' in value &&
    !/^Comment/.test(String(value.type))
  );
}

/** What stands under a name in an object that is written out. */
export function propertyOf(object: Ast.ObjectExpression, name: string): Ast.Node | undefined {
  for (const property of object.properties) {
    if (property.type === 'ObjectProperty' && !property.computed && nameOf(property.key) === name)
      return property.value;
  }
  return undefined;
}

/** The name that a key, or an identifier, is. */
export function nameOf(node: Ast.Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'StringLiteral' ? node.value : undefined;
}

/** A value without what only says its type. */
export function bare(node: Ast.Node): Ast.Node {
  return node.type === 'TSAsExpression' ||
    node.type === 'TSSatisfiesExpression' ||
    node.type === 'ParenthesizedExpression'
    ? bare(node.expression)
    : node;
}

/** What a name stands for that the module sets at its top. */
export function constantOf({ program }: Source, node: Ast.Node): Ast.Node {
  const value = bare(node);
  if (value.type !== 'Identifier') return value;
  for (const statement of program.body) {
    const declaration = declarationOf(statement);
    if (declaration.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    const found = declaration.declarations.find(({ id }) => nameOf(id) === value.name)?.init;
    if (found) return bare(found);
  }
  return value;
}

/** What a module gives to others by name. */
export function exportsOf({ program }: Source): Set<string> {
  const names = new Set<string>();
  const add = (node: Ast.Node) => names.add(nameOf(node) ?? '');
  for (const node of nodesOf(program)) {
    if (node.type === 'ExportSpecifier') add(node.exported);
    else if (node.type === 'ExportNamedDeclaration' && node.declaration) {
      const { declaration } = node;
      if (declaration.type === 'VariableDeclaration') for (const { id } of declaration.declarations) add(id);
      else if ('id' in declaration && declaration.id) add(declaration.id);
    } else if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
      const { object, property } = node.left;
      if (isExports(object)) add(property);
      else if (isExports(node.left) && node.right.type === 'ObjectExpression') {
        for (const each of node.right.properties) if ('key' in each) add(each.key);
      }
    }
  }
  return names;
}

/** `exports`, `module.exports`. */
function isExports(node: Ast.Node): boolean {
  if (node.type !== 'MemberExpression') return nameOf(node) === 'exports';
  return nameOf(node.object) === 'module' && nameOf(node.property) === 'exports';
}

/** The module that a statement loads as a whole: `import x from 'y'`, `const x = require('y')`. */
export function loaded(
  statement: Ast.Statement,
): { readonly name: string; readonly module: string } | undefined {
  if (statement.type === 'ImportDeclaration') {
    const name = statement.specifiers.find(({ type }) => type !== 'ImportSpecifier')?.local.name;
    return name === undefined ? undefined : { name, module: statement.source.value };
  }
  if (statement.type !== 'VariableDeclaration') return undefined;
  const [{ id, init } = {}] = statement.declarations;
  // `import()` loads it later.
  if (id?.type !== 'Identifier' || init?.type !== 'CallExpression' || init.callee.type === 'Import')
    return undefined;
  const module = loadedBy(init);
  return module === undefined ? undefined : { name: id.name, module };
}

/** The module that a call loads, `require('./x')` or `import('./x')`. */
export function loadedBy({ callee, arguments: [module] }: Ast.CallExpression): string | undefined {
  const isLoad = callee.type === 'Import' || nameOf(callee) === 'require';
  return isLoad && module?.type === 'StringLiteral' ? module.value : undefined;
}
