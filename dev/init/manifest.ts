import { parseExpression } from '@babel/parser';
import type * as Ast from '@babel/types';
import { adding, from, indentOf, inserted, propertyOf, Unusual } from './source.ts';

/** What of a `package.json` is looked at. */
export interface Manifest {
  readonly type?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
}

/** @param file its path, for the message @throws Unusual for what is no object of JSON */
export function readManifest(text: string, file = 'package.json'): Manifest {
  try {
    // As npm, which reads it with a byte order mark as well.
    const manifest: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof manifest === 'object' && manifest !== null) return manifest;
  } catch {
    // Said below.
  }
  throw new Unusual(`${file} is no JSON object`);
}

/** Whether a package is named there, for whatever use. */
export function dependsOn({ dependencies, devDependencies }: Manifest, name: string): boolean {
  return dependencies?.[name] !== undefined || devDependencies?.[name] !== undefined;
}

/** The manifest with the dependencies that it does not have, each where npm would put it. @throws Unusual */
export function withDependencies(
  file: string,
  text: string,
  wanted: Readonly<Record<string, string>>,
): string {
  const manifest = readManifest(text, file);
  return Object.entries(wanted)
    .filter(([name]) => !dependsOn(manifest, name))
    .reduce(withDependency, text);
}

function withDependency(text: string, [name, range]: readonly [string, string]): string {
  const root = parseExpression(text);
  const written = { text, indent: /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ' };
  const [entry, step] = [`"${name}": "${range}"`, `\n${written.indent}`];
  if (root.type !== 'ObjectExpression') throw new Unusual('package.json is no JSON object');
  const list = propertyOf(root, 'dependencies');
  if (list?.type !== 'ObjectExpression') {
    return inserted(text, [
      adding(written, root, `"dependencies": {${step}${written.indent}${entry}${step}}`),
    ]);
  }
  const next = list.properties.find((property) => keyOf(property) > name);
  if (!next) return inserted(text, [adding(written, list, entry)]);
  return inserted(text, [{ at: from(next), text: `${entry},\n${indentOf(written, next)}` }]);
}

function keyOf(property: Ast.ObjectExpression['properties'][number]): string {
  return property.type === 'ObjectProperty' && property.key.type === 'StringLiteral'
    ? property.key.value
    : '';
}
