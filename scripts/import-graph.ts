import path from 'node:path';

const IMPORT = /\bfrom\s+'([^']+)'|\bimport\s*\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm;

/** A source's code without its comments. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** What a source imports, as it names it: static, dynamic, type-only, re-exported. */
export function importsOf(source: string): string[] {
  return [...withoutComments(source).matchAll(IMPORT)].flatMap(
    ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? [],
  );
}

/** The file that a relative import names. */
export function resolveImport(file: string, target: string): string {
  return path.posix.join(path.posix.dirname(file), target);
}

/**
 * The import circles among files, each as the path that leads back to its beginning. Type-only imports count: a
 * reader has to know both ends of them, too.
 */
export function circles(sources: ReadonlyMap<string, string>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push([...trail.slice(start), file]);
    const source = sources.get(file);
    if (start >= 0 || source === undefined || done.has(file)) return;
    for (const target of importsOf(source)) {
      if (target.startsWith('.')) visit(resolveImport(file, target), [...trail, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}
