import path from 'node:path';
import ts from 'typescript6';
import { publishedEntries } from '../../scripts/package-manifest.ts';

/** What a user of the package does not call. */
const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;

/**
 * Every property of an exported option type that may be left out, but may not be `undefined`, which
 * `exactOptionalPropertyTypes` tells apart: a page or a stack passes on what it may not have. Option types are what exported
 * functions, constructors and methods take, and what is called `…Options` or `…Props`, with all types of ours inside them.
 *
 * @returns `web/activity/frames.ts: FrameOptions.now`
 */
export function refusingUndefined(entries: readonly string[] = publishedModules()): string[] {
  const { config } = ts.readConfigFile('scripts/reference.tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, 'scripts');
  const program = ts.createProgram(entries, options);
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  const seen = new Set<ts.Type>();

  const declarationOf = (symbol: ts.Symbol): ts.Declaration | undefined => symbol.declarations?.[0];
  const isOurs = (node: ts.Declaration | undefined): node is ts.Declaration =>
    node !== undefined && !node.getSourceFile().fileName.includes('/node_modules/');

  /** What a user of the package writes an object for. */
  function walkInput(type: ts.Type): void {
    if (type.isUnionOrIntersection()) type.types.forEach(walkInput);
    if (seen.has(type) || !(type.flags & ts.TypeFlags.Object)) return;
    seen.add(type);
    // A function is called by us, and an instance of a class is made by its constructor.
    if (type.getCallSignatures().length > 0 || type.isClass()) return;
    for (const property of type.getProperties()) {
      const declaration = declarationOf(property);
      if (!isOurs(declaration)) continue;
      if (isRefusing(property)) found.add(nameOf(property, declaration));
      walkInput(checker.getNonNullableType(checker.getTypeOfSymbol(property)));
    }
  }

  function isRefusing(property: ts.Symbol): boolean {
    if (!(property.flags & ts.SymbolFlags.Optional)) return false;
    const type = checker.getTypeOfSymbol(property);
    const parts = type.isUnion() ? type.types : [type];
    // Under that option, what may be left out is of another type than what may be undefined.
    const isAny = parts.some(({ flags }) => flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown));
    return !isAny && !parts.includes(checker.getUndefinedType());
  }

  function nameOf(property: ts.Symbol, declaration: ts.Node): string {
    const { parent } = declaration;
    const owner = ts.isInterfaceDeclaration(parent) ? parent.name.text : '(unnamed)';
    return `${path.relative('.', declaration.getSourceFile().fileName)}: ${owner}.${property.name}`;
  }

  function walkSignatures(signatures: readonly ts.Signature[]): void {
    for (const parameter of signatures.flatMap((signature) => signature.getParameters())) {
      walkInput(checker.getTypeOfSymbol(parameter));
    }
  }

  /** A function, a class with its methods, an interface that a user calls, or an option type. */
  function walkExport(symbol: ts.Symbol): void {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.flags & ts.SymbolFlags.Value) {
      const type = checker.getTypeOfSymbol(target);
      walkSignatures([...type.getCallSignatures(), ...type.getConstructSignatures()]);
    }
    if (!(target.flags & ts.SymbolFlags.Type)) return;
    const type = checker.getDeclaredTypeOfSymbol(target);
    if (/(?:Options|Props)$/.test(target.name)) walkInput(type);
    for (const member of type.getProperties()) {
      const declaration = declarationOf(member);
      const isHidden = !isOurs(declaration) || ts.getCombinedModifierFlags(declaration) & HIDDEN;
      if (!isHidden) walkSignatures(checker.getTypeOfSymbol(member).getCallSignatures());
    }
  }

  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (module) checker.getExportsOfModule(module).forEach(walkExport);
  }
  return [...found].sort();
}

function publishedModules(): string[] {
  return [...publishedEntries('browser'), ...publishedEntries('server')].map(({ module }) => module);
}
