import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

/** What `npm run build` reads. */
const SOURCES = ['core', 'functions', 'web', 'dev/panel', 'scripts', 'examples'];
/** One of each kind that it writes. */
const BUILT = [
  'dist/functions/sweep/index.cjs',
  'dist/web/dev/panel.js',
  'examples/demo/dist/site/index.html',
];

/** Builds what the tests run, unless all of it is newer than all of its sources. */
export function buildIfStale(): void {
  const files = SOURCES.flatMap((folder) =>
    globSync(`${folder}/**`, { exclude: (name) => name === 'dist' || name === 'node_modules' }),
  );
  if (Math.max(...files.map(modifiedAt)) < Math.min(...BUILT.map(modifiedAt))) return;
  const { status } = spawnSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed: npm run build');
}

/** Epoch ms; 0 for what is not there. */
function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
