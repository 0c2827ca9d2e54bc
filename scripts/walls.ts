import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The walls between folders, checked: who may import whom, and what the core must not know.
 * Types are walled by each folder's tsconfig (`lib`, `types`); this looks at the imports and the text.
 */
interface Wall {
  readonly folder: string;
  /** Folders of this repository that it may import from, itself included. */
  readonly mayImport: readonly string[];
  /** Packages and `node:` modules that it may import; undefined: any. */
  readonly packages?: RegExp;
  /** What must not stand in its text, and why. */
  readonly forbidden?: readonly { readonly text: RegExp; readonly why: string }[];
}

const CLOCK_AND_CHANCE = [
  {
    text: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    why: 'reads a clock; take `now` as an argument',
  },
  {
    text: /\bMath\.random\(|\bcrypto\.(?:randomUUID|getRandomValues)\(/,
    why: 'makes randomness; take it as an argument',
  },
  { text: /\bprocess\.env\b/, why: 'reads the environment; take it as an argument' },
];

export const WALLS: readonly Wall[] = [
  { folder: 'core', mayImport: ['core'], packages: /^zod\/mini$/, forbidden: CLOCK_AND_CHANCE },
  // docs/: the generated API description, which is served.
  { folder: 'functions', mayImport: ['core', 'functions', 'docs'], forbidden: CLOCK_AND_CHANCE },
  { folder: 'web', mayImport: ['core', 'web'], packages: /^(?:react|react-dom)(?:\/|$)/ },
  // What users import on a server: reads the clock and the environment for them.
  { folder: 'entries', mayImport: ['core', 'functions', 'entries'] },
  { folder: 'infra', mayImport: ['core', 'infra'] },
  { folder: 'local', mayImport: ['core', 'local'] },
  { folder: 'scripts', mayImport: ['core', 'functions', 'web', 'infra', 'entries', 'scripts', 'test'] },
];

/** Where a clock, chance or the environment may be read: the composition root of each function. */
const COMPOSITION_ROOT = /^functions\/(?:[^/]+\/index|environment|admin\/cli\/main|testing\/testing)\.ts$/;

/** Carries code of another room as text. */
const GENERATED = /\.generated\.ts$/;

const IMPORT = /\bfrom\s+'([^']+)'|\bimport\s*\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm;

/** What a source file does that its folder's wall forbids, a sentence each. */
export function violations(wall: Wall, file: string, source: string): string[] {
  const found: string[] = [];
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  for (const match of code.matchAll(IMPORT)) {
    const target = (match[1] ?? match[2] ?? match[3])!;
    if (target.startsWith('.')) {
      const folder = path.posix.join(path.posix.dirname(file), target).split('/')[0]!;
      if (!wall.mayImport.includes(folder))
        found.push(`${file}: imports ${target}; ${wall.folder}/ may not use ${folder}/`);
    } else if (wall.packages && !wall.packages.test(target)) {
      found.push(`${file}: imports ${target}; ${wall.folder}/ may not use that package`);
    }
  }
  if (COMPOSITION_ROOT.test(file) || GENERATED.test(file)) return found;
  for (const { text, why } of wall.forbidden ?? []) {
    const match = text.exec(code);
    if (match) found.push(`${file}: ${match[0]} ${why}`);
  }
  return found;
}

async function main(): Promise<void> {
  const found: string[] = [];
  let files = 0;
  for (const wall of WALLS) {
    const entries = await readdir(wall.folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.parentPath.includes('node_modules') || !entry.isFile() || !/\.tsx?$/.test(entry.name))
        continue;
      const file = path.posix.join(entry.parentPath.split(path.sep).join('/'), entry.name);
      found.push(...violations(wall, file, await readFile(file, 'utf8')));
      files += 1;
    }
  }
  for (const line of found) console.error(line);
  if (found.length > 0) {
    console.error(`walls: ${found.length} crossed`);
    process.exit(1);
  }
  console.log(`walls: ${files} files, none crossed`);
}

if (import.meta.main) await main();
