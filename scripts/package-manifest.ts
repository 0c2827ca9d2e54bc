/** What is imported on a server, `curfew/<name>`, and the module that it is. */
export const SERVER_ENTRIES = {
  guard: 'functions/guard/middy',
  express: 'functions/guard/express',
  fastify: 'functions/guard/fastify',
  hono: 'functions/guard/hono',
  fetch: 'functions/guard/fetch',
  testing: 'functions/testing/testing',
  construct: 'infra/index',
} as const;
/** What is imported by a page: `web/<name>/index.ts`, one file each. */
export const WEB_ENTRIES = ['client', 'element', 'drafts', 'react', 'browser-close'] as const;

/** What an entry needs that it does not bring: only who uses that entry installs it. */
const PEERS = {
  '@aws-sdk/client-dynamodb': '>=3',
  '@middy/core': '>=6',
  '@types/aws-lambda': '>=8',
  'aws-cdk-lib': '>=2.200.0',
  constructs: '>=10',
  react: '>=18',
} as const;

interface OwnManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** The manifest that is published: this repository's own names the tools that build it, and none of that is a user's. */
export function packageManifest({
  name,
  version,
  description,
  license,
}: OwnManifest): Record<string, unknown> {
  const server = Object.entries(SERVER_ENTRIES).map(([entry, module]) => exported(entry, module));
  const web = WEB_ENTRIES.map((entry) => exported(entry, `web/${entry}/index`));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22' },
    exports: {
      ...Object.fromEntries([...web, ...server]),
      './dialog.css': './dialog.css',
      './package.json': './package.json',
    },
    bin: { [name]: './cli.js' },
    // The element registers itself where it is imported.
    sideEffects: ['./element.js', './react.js', './dialog.css'],
    peerDependencies: PEERS,
    peerDependenciesMeta: Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, { optional: true }])),
  };
}

function exported(entry: string, types: string): [string, object] {
  return [`./${entry}`, { types: `./types/${types}.d.ts`, default: `./${entry}.js` }];
}
