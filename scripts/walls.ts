import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { castsWithoutReason } from './casts.ts';
import { circles, importsOf, resolveImport, withoutComments } from './import-graph.ts';

/**
 * The walls between rooms, checked: who may import whom, and what a room must not know. Types are walled by each
 * folder's tsconfig (`lib`, `types`); this looks at the imports, the text and the casts.
 */
export interface Wall {
  /** A folder or a file. The longest one that holds a file is its room. */
  readonly room: string;
  /** Rooms of this repository that it may import from, with everything inside them. Always its own, too. */
  readonly mayImport: readonly string[];
  /** Packages and `node:` modules that it may import. @default any */
  readonly packages?: RegExp;
  /** Whether it imports `curfew/*`, as a user's project does. @default false */
  readonly asUser?: boolean;
  /** What must not stand in its text, and why. */
  readonly forbidden?: readonly { readonly text: RegExp; readonly why: string }[];
}

const CLOCK_AND_CHANCE = [
  {
    text: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    why: 'reads a clock; take `now` as an argument',
  },
  {
    text: /\bMath\.random\b|\bcrypto\.(?:random\w+|getRandomValues)\b|\{[^{}]*\brandom\w+[^{}]*\} from 'node:crypto'/,
    why: 'makes randomness; take it as an argument',
  },
  { text: /\bprocess\.env\b/, why: 'reads the environment; take it as an argument' },
];

/** A room of functions/, where no room knows a clock, chance or the environment. */
const server = (name: string, rooms: readonly string[], more: readonly string[] = []): Wall => ({
  room: `functions/${name}`,
  mayImport: ['core', ...rooms.map((room) => `functions/${room}`), ...more],
  forbidden: CLOCK_AND_CHANCE,
});
/** What every room that answers requests or events is built on. */
const BASE = ['environment.ts', 'attempts.ts', 'pool.ts', 'store', 'sessions', 'http'];

export const WALLS: readonly Wall[] = [
  { room: 'core', mayImport: [], packages: /^zod\/mini$/, forbidden: CLOCK_AND_CHANCE },
  // Inside functions/, data flows from the routes down to the store, and imports go the same way.
  server('environment.ts', []),
  server('attempts.ts', []),
  server('pool.ts', []),
  server('store', ['attempts.ts']),
  server('sessions', ['store', 'pool.ts']),
  server('http', ['environment.ts', 'store', 'sessions']),
  // Only what signs in, and the session's own API: a guarded handler never holds the service secret.
  server('service-secret', ['attempts.ts']),
  server('auth', [...BASE, 'service-secret']),
  server('guard', BASE),
  server('authorizer', [...BASE, 'guard']),
  // Sign-out asks the provider where to go on to. The generated API description is served.
  server('session-api', [...BASE, 'service-secret', 'auth'], ['docs/openapi.json']),
  server('admin', BASE),
  server('sweep', BASE),
  server('publish', BASE),
  server('testing', ['store', 'sessions']),
  // All of it in one process.
  server(
    'server',
    [...BASE, 'service-secret', 'auth', 'guard', 'session-api', 'sweep'],
    ['docs/openapi.json'],
  ),
  // What a binding adds to the page is its framework's; the rest of the page needs none.
  { room: 'web', mayImport: ['core'], packages: /^(?!)/ },
  { room: 'web/react', mayImport: ['core', 'web'], packages: /^react(?:\/|$)/ },
  { room: 'web/vue', mayImport: ['core', 'web'], packages: /^vue(?:\/|$)/ },
  // What the development server puts into pages: it knows that one by what they say to each other.
  { room: 'dev/panel', mayImport: ['core', 'web', 'dev/protocol.ts'], packages: /^(?!)/ },
  { room: 'infra', mayImport: ['core'] },
  // What is synthesized is all that it knows of the rest.
  { room: 'local', mayImport: ['core', 'dev/machine'] },
  // For a developer's machine alone: no bundle of a function or of a page can contain it, since none may import it.
  { room: 'dev', mayImport: ['core', 'functions', 'web'] },
  // What it writes into applications imports the package as they do.
  { room: 'dev/init', mayImport: ['dev/protocol.ts'], asUser: true },
  // What any server of a developer's machine is made of: the local runtime, too.
  { room: 'dev/machine', mayImport: ['core'] },
  // What an empty folder is filled with is published beside the command.
  { room: 'scripts', mayImport: ['core', 'functions', 'web', 'infra', 'dev/init'] },
  { room: 'scripts/bench', mayImport: ['core', 'functions', 'web', 'scripts', 'test/support'] },
  { room: 'test', mayImport: ['.'], asUser: true },
];

/** Where a clock, chance or the environment may be read: the composition root of each function, and of the users' side. */
const COMPOSITION_ROOT =
  /^functions\/(?:[^/]+\/index|environment|admin\/cli\/main|guard\/defaults|server\/curfew|testing\/testing)\.ts$/;

/** Carries code of another room as text. */
const GENERATED = /\.generated\.ts$/;

/** The wall around a file; undefined: the file stands in no room. Each example is a room of its own. */
export function wallOf(file: string): Wall | undefined {
  const [, example] = /^(examples\/[^/]+)\//.exec(file) ?? [];
  if (example !== undefined) return { room: example, mayImport: [], asUser: true };
  return WALLS.filter(({ room }) => isWithin(room, file)).sort((a, b) => b.room.length - a.room.length)[0];
}

function isWithin(room: string, file: string): boolean {
  return room === '.' || file === room || file.startsWith(`${room}/`);
}

/** What a source file does that the wall around it forbids, a sentence each. */
export function violations(file: string, source: string): string[] {
  const wall = wallOf(file);
  if (!wall) return [`${file}: stands in no room; add one to scripts/walls.ts`];
  const found = importsOf(source).flatMap((target) => crossing(wall, file, target) ?? []);
  if (COMPOSITION_ROOT.test(file) || GENERATED.test(file)) return found;
  const code = withoutComments(source);
  for (const { text, why } of wall.forbidden ?? []) {
    const match = text.exec(code);
    if (match) found.push(`${file}: ${match[0]} ${why}`);
  }
  return found;
}

function crossing(
  { room, mayImport, packages, asUser }: Wall,
  file: string,
  target: string,
): string | undefined {
  const no = (what: string) => `${file}: imports ${target}; ${room} may not use ${what}`;
  if (target.startsWith('.')) {
    const imported = resolveImport(file, target);
    return [room, ...mayImport].some((allowed) => isWithin(allowed, imported)) ? undefined : no(imported);
  }
  if (/^curfew(?:\/|$)/.test(target)) return asUser ? undefined : no('the package as its users do');
  return packages && !packages.test(target) ? no('that package') : undefined;
}

/** What is built, installed or hidden. */
const NO_SOURCE = /(?:^|\/)(?:node_modules|dist|cdk\.out|coverage|\.[^/]+)(?:\/|$)/;

/** Every source file of the repository, with its text. */
async function readSources(): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for await (const file of glob('**/*.{ts,tsx}', { exclude: (name) => NO_SOURCE.test(name) })) {
    sources.set(file.split(path.sep).join('/'), await readFile(file, 'utf8'));
  }
  return sources;
}

async function main(): Promise<void> {
  const sources = await readSources();
  const found = [...sources].flatMap(([file, source]) => violations(file, source));
  for (const [file, source] of sources) {
    if (!file.startsWith('test/') && !file.includes('.test.'))
      found.push(...castsWithoutReason(file, source));
  }
  found.push(...circles(sources).map((circle) => `a circle of imports: ${circle.join(' → ')}`));
  for (const line of found) console.error(line);
  if (found.length > 0) {
    console.error(`walls: ${found.length} crossed`);
    process.exit(1);
  }
  console.log(`walls: ${sources.size} files, none crossed, no circle of imports, no cast without a reason`);
}

if (import.meta.main) await main();
