import type * as Ast from '@babel/types';
import {
  afterLine,
  bare,
  from,
  importing,
  indentOf,
  nameOf,
  nodesOf,
  readSource,
  type Source,
  to,
  Unusual,
  withInsertions,
} from './source.ts';

/** The script of a page, as Vite finds it. @returns its path from the root of the site @throws Unusual for none, and for several */
export function entryOf(html: string): string {
  const scripts = [...html.matchAll(/<script\b[^>]*>/g)].filter(([tag]) => /\btype=["']?module/.test(tag));
  const sources = scripts.flatMap(([tag]) => /\bsrc=["']\.?\/?([^"':]+)["']/.exec(tag)?.[1] ?? []);
  const [entry] = sources;
  if (entry === undefined || sources.length > 1)
    throw new Unusual('index.html does not have exactly one module of this site');
  return entry;
}

/** Whether the dialog is shown by a component of React, or stands in the page by itself. */
export function isReact(text: string): boolean {
  return /from ['"]react-dom\/client['"]/.test(text);
}

/** The module that makes the client. */
export function sessionModule(react: boolean): string {
  return `import { createSessionClient } from 'curfew/client';
${react ? '' : "import 'curfew/element';\n"}
/** The session of this page. Its \`fetch\` tells the API of activity. */
export const session = createSessionClient();
${react ? '' : DIALOG}`;
}

const DIALOG = `
// It warns, and says why a session has ended.
const dialog = document.createElement('session-timeout-dialog');
dialog.session = session;
document.body.append(dialog);
session.start();
`;

/** The entry of a page that shows the dialog. @param module of the client, as it is imported @throws Unusual for a page that is rendered otherwise */
export function withDialog(path: string, text: string, module: string): string {
  const source = readSource(path, text);
  if (!isReact(text)) return withInsertions(source, [importing(source, '', module)]);
  return withInsertions(source, [
    importing(source, '{ SessionTimeoutDialog }', 'curfew/react'),
    importing(source, '{ session }', module),
    ...showing(source, rendered(source)),
  ]);
}

/** What the page is rendered from. */
function rendered(source: Source): Ast.JSXElement | Ast.JSXFragment {
  const calls = [...nodesOf(source.program)].flatMap((node) => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return [];
    const [root] = node.arguments;
    return nameOf(node.callee.property) === 'render' && root ? bare(root) : [];
  });
  const [only] = calls;
  if (!only && /\bhydrateRoot\b/.test(source.text))
    throw new Unusual('it takes over what a server has rendered');
  if (calls.length !== 1 || (only?.type !== 'JSXElement' && only?.type !== 'JSXFragment')) {
    throw new Unusual('it does not render exactly one element');
  }
  return only;
}

/** Inside StrictMode or a fragment, since others may want one child only. */
function showing(source: Source, root: Ast.JSXElement | Ast.JSXFragment) {
  const dialog = '<SessionTimeoutDialog session={session} />';
  const last = root.children.findLast(({ type }) => type === 'JSXElement');
  if (
    last &&
    (root.type === 'JSXFragment' ||
      /^<(?:React\.)?(?:StrictMode|Fragment)\b/.test(source.text.slice(from(root))))
  ) {
    return [afterLine(source, last, dialog)];
  }
  const indent = `\n${indentOf(source, root)}${source.indent}`;
  return [
    { at: from(root), text: `<>${indent}` },
    { at: to(root), text: `${indent}${dialog}\n${indentOf(source, root)}</>` },
  ];
}
