import ts from 'typescript6';

/**
 * Every `as`, `!` and `as unknown as` of a source without a comment that says why the compiler can't see it: on the
 * line, on the line above, or before the statement that it is in. `as const` claims nothing.
 */
export function castsWithoutReason(file: string, source: string): string[] {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kind);
  const lines = source.split('\n');
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  const hasComment = (line: number): boolean => /\/\/ |\*\/\s*$/.test(lines[line] ?? '');

  const hasReason = (node: ts.Node): boolean => {
    // What stands before the statement, and before each line from there down to the cast.
    let statement: ts.Node = node;
    while (!ts.isStatement(statement) && !ts.isClassElement(statement)) statement = statement.parent;
    const [first, own] = [lineOf(statement.getStart()), lineOf(node.getEnd())];
    return hasComment(first - 1) || hasComment(own - 1) || hasComment(own);
  };

  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((isCast(node) || ts.isNonNullExpression(node)) && !hasReason(node)) {
      found.push(`${file}:${lineOf(node.getEnd()) + 1}: \`${node.getText()}\` says nowhere why it holds`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isCast(node: ts.Node): node is ts.AsExpression {
  return ts.isAsExpression(node) && node.type.getText() !== 'const';
}
