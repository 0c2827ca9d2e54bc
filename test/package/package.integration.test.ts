import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildPackage } from '../../scripts/package.ts';

const execute = promisify(execFile);
const ROOT = process.cwd();
const bin = (name: string) => path.join(ROOT, 'node_modules/.bin', name);
/** By its path: a second compiler, which the API reference is generated with, has a command of the same name. */
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');

let work = '';
let tarball = '';

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'curfew-package-'));
  await run(ROOT, process.execPath, [TSC, '-b']);
  await buildPackage(path.join(work, 'package'));
  const { stdout } = await run(work, 'npm', ['pack', './package', '--json', '--offline']);
  tarball = path.join(work, JSON.parse(stdout)[0].filename);
}, 180_000);
afterAll(() => rm(work, { recursive: true, force: true }));

/** @throws Error with what the command printed */
async function run(cwd: string, command: string, args: readonly string[]) {
  const env = { ...process.env, NODE_OPTIONS: '', AWS_REGION: 'us-east-1' };
  return execute(command, [...args], { cwd, env, maxBuffer: 1 << 24 }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout}\n${error.stderr}`);
  });
}

/** An empty project with the package installed from its tarball, and beside it what the user brings. */
async function project(name: string, brings: readonly string[] = []): Promise<string> {
  const folder = path.join(work, name);
  await mkdir(folder);
  const source = path.join(ROOT, 'test/package/projects', name);
  await cp(source, folder, { recursive: true }).catch(() => undefined);
  await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  await run(folder, 'npm', ['install', tarball, '--offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  for (const dependency of brings) {
    const to = path.join(folder, 'node_modules', dependency);
    await mkdir(path.dirname(to), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules', dependency), to);
  }
  return folder;
}

/** Types as a strict user checks them, with every `@ts-expect-error` a mistake that must not compile. */
function typecheck(folder: string, file: string, ...more: string[]) {
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'ES2023'];
  const modules = ['--module', 'NodeNext', '--skipLibCheck', 'false'];
  return run(folder, process.execPath, [TSC, ...options, ...modules, ...more, file]);
}

test('the tarball has the entries, their types and the functions: no source, no test, no dependency', async () => {
  const folder = await project('empty');
  const installed = path.join(folder, 'node_modules/curfew');
  const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('optionalDependencies');
  expect(manifest).not.toHaveProperty('scripts');
  expect(await readdir(path.join(folder, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'curfew']);
  for (const target of Object.values<string | { types: string; default: string }>(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : [target.types, target.default];
    for (const file of files) expect((await readFile(path.join(installed, file))).length).toBeGreaterThan(0);
  }
  const files = await readdir(installed, { recursive: true });
  expect(
    files.filter((file) => /(?<!\.d)\.tsx?$|test|node_modules/.test(file) && !/testing/.test(file)),
  ).toEqual([]);
  for (const file of files.filter((name) => /\.(?:js|cjs|ts)$/.test(name))) {
    const text = await readFile(path.join(installed, file), 'utf8');
    expect(text).not.toContain(ROOT);
  }
}, 60_000);

test('what needs nothing beside it loads in an empty project', async () => {
  const folder = path.join(work, 'empty');
  const entries = ['client', 'drafts', 'browser-close', 'testing'];
  const source = entries.map((entry) => `await import('curfew/${entry}');`).join('');
  await run(folder, process.execPath, ['--input-type=module', '-e', source]);
  const { stdout } = await run(folder, path.join(folder, 'node_modules/.bin/curfew'), ['--help']);
  expect(stdout).toMatch(/^Usage:\n {2}curfew sessions list/);
});

describe('installed from the tarball, it works in', () => {
  test('a plain Lambda handler', async () => {
    const brings = [
      '@middy/core',
      '@middy/util',
      '@aws-sdk/client-dynamodb',
      '@types/aws-lambda',
      '@types/node',
      'undici-types',
    ];
    const folder = await project('lambda', brings);
    const { stdout } = await run(folder, process.execPath, ['handler.ts']);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual([
      [200, 'ada'],
      [401, expect.stringContaining('ERR_SESSION_MISSING')],
      [200, 'idle'],
    ]);
    // Middy's own declarations name a package that it does not bring.
    await typecheck(folder, 'handler.ts', '--skipLibCheck', '--types', 'node');
  }, 120_000);

  test('an Express server', async () => {
    const brings = ['express', '@aws-sdk/client-dynamodb', '@types/node', 'undici-types', '@types/express'];
    const folder = await project('express', brings);
    const { stdout } = await run(folder, process.execPath, ['server.ts']);
    expect(JSON.parse(stdout)).toEqual([
      [200, 'application/json'],
      [401, 'application/problem+json'],
      [403, 'application/problem+json'],
    ]);
    await typecheck(folder, 'server.ts');
  }, 120_000);

  test('a page built by Vite, which takes the client and nothing else', async () => {
    const folder = await project('vite');
    await run(folder, process.execPath, [bin('vite'), 'build', '--logLevel', 'warn']);
    const [asset] = await readdir(path.join(folder, 'dist/assets'));
    const code = await readFile(path.join(folder, 'dist/assets', asset!), 'utf8');
    expect(code).toContain('/session');
    expect(code).not.toContain('session-timeout-dialog');
    expect(code.length).toBeLessThan(12_000);
    await typecheck(folder, 'main.ts', '--lib', 'ES2023,DOM,DOM.Iterable', '--types', '');
  }, 120_000);

  test('a CDK app, which deploys the functions of the package', async () => {
    const folder = await project('cdk', ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']);
    await run(folder, process.execPath, ['app.ts']);
    for (const stack of ['Application', 'Alone', 'Own']) {
      const template = JSON.parse(
        await readFile(path.join(folder, `cdk.out/${stack}.template.json`), 'utf8'),
      );
      const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
      expect(types.filter((type) => type === 'AWS::Lambda::Function').length).toBeGreaterThanOrEqual(4);
      expect(types.filter((type) => type === 'AWS::DynamoDB::GlobalTable')).toHaveLength(1);
    }
    const assets = await readdir(path.join(folder, 'cdk.out'));
    expect(assets.filter((name) => name.startsWith('asset.')).length).toBeGreaterThanOrEqual(4);
    await typecheck(folder, 'app.ts', '--skipLibCheck');
  }, 180_000);
});

test('what the guides show compiles as it stands', async () => {
  const brings = [
    '@middy',
    '@aws-sdk',
    'aws-cdk-lib',
    'constructs',
    'express',
    'fastify',
    'hono',
    'react',
    '@types',
  ];
  const folder = await project('guides', [...brings, 'undici-types']);
  const files: string[] = [];
  for (const guide of await readdir(path.join(ROOT, 'docs/guides'))) {
    const text = await readFile(path.join(ROOT, 'docs/guides', guide), 'utf8');
    for (const [index, [, kind, code]] of [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)].entries()) {
      const file = `${guide.replace('.md', '')}-${index}.${kind}`;
      await writeFile(path.join(folder, file), code!);
      files.push(file);
    }
  }
  expect(files.length).toBeGreaterThan(10);
  const options = [
    '--skipLibCheck',
    '--types',
    'node',
    '--lib',
    'ES2023,DOM,DOM.Iterable',
    '--jsx',
    'react-jsx',
  ];
  await typecheck(folder, files[0]!, ...options, ...files.slice(1));
}, 120_000);
