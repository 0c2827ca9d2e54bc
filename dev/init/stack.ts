import type * as Ast from '@babel/types';
import {
  importing,
  indentOf,
  nameOf,
  readSource,
  requiring,
  type Source,
  to,
  Unusual,
  withInsertions,
} from './source.ts';

/** The constructs' module. */
export const CONSTRUCT_MODULE = 'curfew/construct';

/** Whether a module seems to declare a stack. */
export function hasStack(text: string): boolean {
  return /\bextends\s+(?:\w+\.)?Stack\b/.test(text);
}

/** A stack with the service at its end. @throws Unusual where it can't be told which stack, or where in it */
export function withService(path: string, text: string): string {
  const source = readSource(path, text);
  if (/\bSessionService\b|['"]Sessions['"]|\bsessions\b/.test(text))
    throw new Unusual('it has something that is called `Sessions`, or `sessions`');
  const body = constructorOf(source);
  const [first] = body.body;
  const lineStart = source.text.lastIndexOf('\n', to(body) - 1) + 1;
  const last = body.body.at(-1);
  if (!first || !last || lineStart < to(last))
    throw new Unusual('its constructor does not end in a line of its own');
  const { quote, semicolon } = source;
  const indent = indentOf(source, first);
  const lines = [
    '',
    '// The table, the functions and the API of the sessions. StaticSite puts a page in front of them.',
    `const sessions = new SessionService(this, ${quote}Sessions${quote})${semicolon}`,
  ];
  const names = '{ SessionService }';
  return withInsertions(source, [
    requiring(source, names, CONSTRUCT_MODULE) ?? importing(source, names, CONSTRUCT_MODULE),
    { at: lineStart, text: lines.map((line) => `${line && indent}${line}\n`).join('') },
  ]);
}

function constructorOf({ program }: Source): Ast.BlockStatement {
  const stacks = program.body.flatMap((statement) => {
    const isExported =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const declaration = isExported ? statement.declaration : statement;
    if (declaration?.type !== 'ClassDeclaration' || !declaration.superClass) return [];
    const { superClass } = declaration;
    const name = nameOf(superClass.type === 'MemberExpression' ? superClass.property : superClass);
    return name === 'Stack' ? declaration : [];
  });
  const [only] = stacks;
  if (!only || stacks.length > 1) throw new Unusual('it does not declare exactly one stack');
  for (const member of only.body.body) {
    if (member.type === 'ClassMethod' && member.kind === 'constructor') return member.body;
  }
  throw new Unusual('its stack has no constructor');
}
