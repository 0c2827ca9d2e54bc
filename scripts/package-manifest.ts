import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the published manifest takes over from this repository's own. */
export interface OwnManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** Where the project is hosted, `https://…`, once it is: the release script asks for it. */
  readonly repository?: string;
  /** The one list of what is published: `./client` → `./web/client/index.ts`. */
  readonly exports: Readonly<Record<string, string>>;
}

/** Where the package has its modules once more, for those who load them by `require`. */
export const COMMON_JS = 'cjs';

/** A module that users import as `curfew/<name>`. */
export interface Entry {
  readonly name: string;
  /** Its source in this repository: `web/client/index.ts`. */
  readonly module: string;
}

/** What a user installs beside the package, each only for the entries that need it. */
export const PEERS = {
  // Since then a client takes its request handler as options; the old item of a refused write came with 3.363.
  '@aws-sdk/client-dynamodb': '>=3.521.0',
  '@middy/core': '>=6.0.0',
  '@types/aws-lambda': '>=8.10.100',
  // The oldest that synthesizes every construct, tried by `npm run test:floor`: up to 2.268 an acknowledged finding
  // may have no `::` in its id, and the constructs acknowledge cdk-nag's, some of which contain an ARN.
  'aws-cdk-lib': '>=2.269.0',
  // What that aws-cdk-lib asks for itself.
  constructs: '>=10.5.0',
  react: '>=18.0.0',
  vue: '>=3.3.0',
} as const;

export function readOwnManifest(): OwnManifest {
  return JSON.parse(readFileSync('package.json', 'utf8'));
}

/** What pages import, or what servers and stacks do. */
export function publishedEntries(side: 'browser' | 'server', { exports } = readOwnManifest()): Entry[] {
  return Object.entries(exports)
    .filter(([, file]) => /^[^*]+\.ts$/.test(file) && file.startsWith('./web/') === (side === 'browser'))
    .map(([subpath, file]) => ({ name: subpath.slice(2), module: file.slice(2) }));
}

/** The languages of the dialog, a module each: they are published as a pattern, and loaded by the dialog itself. */
export function publishedLocales(folder = 'web/element/locales'): Entry[] {
  return readdirSync(folder).map((file) => ({
    name: `element/locales/${path.basename(file, '.ts')}`,
    module: `${folder}/${file}`,
  }));
}

/** The manifest that is published. This repository's own also names the tools that build it, which no user needs. */
export function packageManifest(own: OwnManifest): Record<string, unknown> {
  const { name, version, description, license, repository } = own;
  const modules = Object.entries(own.exports).filter(([, file]) => file.endsWith('.ts'));
  return {
    name,
    version,
    description,
    license,
    ...(repository && {
      repository: { type: 'git', url: `git+${repository}.git` },
      homepage: `${repository}#readme`,
      bugs: `${repository}/issues`,
    }),
    type: 'module',
    engines: { node: '>=22' },
    exports: Object.fromEntries(
      Object.entries(own.exports).map(([subpath, file]) => [subpath, publishedTarget(subpath, file)]),
    ),
    // For `moduleResolution: node10`, which knows no `exports`.
    typesVersions: {
      '*': Object.fromEntries(modules.map(([subpath, file]) => [subpath.slice(2), [declarationOf(file)]])),
    },
    bin: { [name]: './cli.js' },
    // The element registers itself where it is imported.
    sideEffects: ['./element.js', './react.js', './vue.js', './dialog.css'],
    peerDependencies: PEERS,
    peerDependenciesMeta: Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, { optional: true }])),
  };
}

/** A module and its declarations, for both ways to load it; any other file is published under its own name. */
function publishedTarget(subpath: string, file: string): object | string {
  const commonJs = (target: string) => target.replace('./', `./${COMMON_JS}/`);
  if (file.endsWith('.css')) {
    const types = `${subpath}.d.ts`;
    return { types: { import: types, require: commonJs(types) }, default: subpath };
  }
  if (!file.endsWith('.ts')) return subpath;
  const module = { types: declarationOf(file), default: `${subpath}.js` };
  return { import: module, require: { types: commonJs(module.types), default: commonJs(module.default) } };
}

const declarationOf = (file: string) => file.replace('./', './types/').replace(/\.ts$/, '.d.ts');
