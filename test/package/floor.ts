import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildPackage } from '../../scripts/package.ts';
import { PEERS } from '../../scripts/package-manifest.ts';

/**
 * Installs the package beside the oldest release of each peer that it names, from the registry, and runs what uses
 * them. Too slow for `npm test`: it downloads a second CDK (50 MB).
 */
const folder = await mkdtemp(path.join(tmpdir(), 'curfew-floor-'));
let passed = 0;
let failed = 0;

function step(name: string, command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: path.join(folder, 'cdk.out') },
  });
  if (status === 0) passed += 1;
  else failed += 1;
  console.log(status === 0 ? `ok      ${name}` : `FAILED  ${name}\n${stdout}\n${stderr}`);
}

try {
  await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  await buildPackage(path.join(folder, 'package'));
  const floors = Object.entries(PEERS).map(([peer, range]) => `${peer}@${range.replace('>=', '')}`);
  step(
    `npm install ${floors.join(' ')}`,
    'npm',
    ...[
      'install',
      './package',
      '@types/node@24',
      '--install-links',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...floors,
    ],
  );
  for (const example of ['cdk', 'distribution', 'lambda']) {
    await cp(`examples/${example}`, path.join(folder, example), { recursive: true });
  }
  await cp('test/package/checks/construct.ts', path.join(folder, 'construct.ts'));
  step('the CDK example synthesizes', process.execPath, 'cdk/app.ts');
  step('the example of an existing distribution synthesizes', process.execPath, 'distribution/app.ts');
  step('so does one among what was there before', process.execPath, 'cdk/bring-your-own.ts');
  step('the construct synthesizes with every default', process.execPath, 'construct.ts');
  step('the Lambda example passes its test', process.execPath, '--test', 'lambda/handler.test.ts');
  const tsc = path.resolve('node_modules/typescript/bin/tsc');
  const strict = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2023', '--skipLibCheck'];
  const node = ['--types', 'node', '--allowImportingTsExtensions'];
  step(
    'all of them compile',
    process.execPath,
    tsc,
    ...strict,
    ...node,
    'cdk/app.ts',
    'cdk/bring-your-own.ts',
    'lambda/index.ts',
  );
  const client = "await import('curfew/guard'); await import('curfew/react'); await import('curfew/vue');";
  step('the guard and the bindings load', process.execPath, '--input-type=module', '-e', client);
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
