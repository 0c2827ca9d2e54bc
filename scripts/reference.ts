import { rm } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import type { DeclarationReflection, ProjectReflection, ReflectionKind, TypeDocOptions } from 'typedoc';
import { type Entry, publishedEntries } from './package-manifest.ts';

/** Where the reference is checked in: a page for each published entry. */
const FOLDER = 'docs/api';

/**
 * Writes the API reference from the doc comments of everything that the package exports.
 *
 * @returns a line for each entry, export or member that has no doc comment, and for each option that does not say its default
 * @throws Error if the sources cannot be read
 */
async function writeReference(folder: string): Promise<string[]> {
  // TypeDoc works on the JavaScript API of TypeScript, which ends with version 6.
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === 'typescript' ? 'typescript6' : specifier, context),
  });
  const { Application, ReflectionKind } = await import('typedoc');
  const entries = [...publishedEntries('browser'), ...publishedEntries('server')];
  const app = await Application.bootstrapWithPlugins(options(entries, folder));
  const project = await app.convert();
  if (!project) throw new Error('reference: the sources could not be read');
  nameModules(project, entries);
  removeSchemas(project, ReflectionKind.Variable);
  await app.generateOutputs(project);
  const members = ReflectionKind.Interface | ReflectionKind.Class;
  const documented = (project.children ?? []).flatMap((module) =>
    [module, ...(module.children ?? [])].flatMap((child) => [
      child,
      ...(child.kindOf(members) ? (child.children ?? []) : []),
    ]),
  );
  return [
    ...documented
      .filter((reflection) => !isDocumented(reflection))
      .map((reflection) => `no doc comment: ${reflection.getFullName()}`),
    ...documented
      .filter((reflection) => isOption(reflection) && !saysDefault(reflection))
      .map((reflection) => `no @default: ${reflection.getFullName()}`),
  ];
}

/** Options of the plugin are not in TypeDoc's own type. */
type Options = TypeDocOptions & Record<string, unknown>;

function options(entries: readonly Entry[], out: string): Options {
  return {
    entryPoints: entries.map(({ module }) => module),
    out,
    tsconfig: 'scripts/reference.tsconfig.json',
    plugin: ['typedoc-plugin-markdown'],
    logLevel: 'Error',
    // Types are checked by `npm run check`, with the compiler that the code is written for.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    disableGit: true,
    disableSources: true,
    readme: 'none',
    name: 'API reference',
    sort: ['source-order'],
    sortEntryPoints: false,
    // A default is often a sentence, and not code.
    jsDocCompatibility: { defaultTag: false },
    router: 'module',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    pageTitleTemplates: { module: ({ name }: { name: string }) => `curfew/${name}` },
    useCodeBlocks: true,
    expandObjects: true,
    indexFormat: 'table',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    propertyMembersFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
  };
}

/** Modules are named, and their pages too, as users import them, in place of the paths of their files. */
function nameModules(project: ProjectReflection, entries: readonly Entry[]): void {
  for (const { name, module: file } of entries) {
    const given = file.replace(/(?:\/index)?\.ts$/, '');
    const module = project.children?.find((child) => child.name === given);
    if (!module) throw new Error(`reference: ${file} was not found`);
    module.name = name;
  }
}

/** Of a schema and the type of the same name, an entry exports only the type: TypeDoc does not see the difference. */
function removeSchemas(project: ProjectReflection, variable: ReflectionKind): void {
  for (const { children = [] } of project.children ?? []) {
    for (const child of children.filter(({ kind }) => kind === variable)) {
      if (children.some(({ name, kind }) => name === child.name && kind !== variable)) {
        project.removeReflection(child);
      }
    }
  }
}

/** Whether it, or each form in which it can be called, has a comment. */
function isDocumented(reflection: DeclarationReflection): boolean {
  const { signatures, getSignature, setSignature } = reflection;
  // What an entry exports again is documented where it is declared.
  if (reflection.name === 'constructor' || reflection.variant === 'reference') return true;
  if ([reflection, getSignature, setSignature].some((part) => part?.hasComment())) return true;
  return signatures?.every((signature) => signature.hasComment()) ?? false;
}

/** Whether a user of the package may leave it out of an object that they hand over. */
function isOption({ flags, parent }: DeclarationReflection): boolean {
  return flags.isOptional && /(?:Props|Options|Attributes|Thresholds|Input)$/.test(parent?.name ?? '');
}

/** Whether it says what holds where it is left out, or that it has another name now. */
function saysDefault({ comment }: DeclarationReflection): boolean {
  return comment?.getTag('@default') !== undefined || comment?.getTag('@deprecated') !== undefined;
}

if (import.meta.main) {
  const folder = process.argv[2] ?? FOLDER;
  await rm(folder, { recursive: true, force: true });
  const undocumented = await writeReference(folder);
  for (const line of undocumented) console.error(line);
  console.log(`wrote ${folder}`);
  if (undocumented.length > 0) process.exitCode = 1;
}
