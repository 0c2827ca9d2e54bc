import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** The name of the stack that test/deploy/app.ts makes unless it is told another. */
export const STACK = 'CurfewEmulator';
export const REGION = 'us-east-1';

/** Which stack, and where. */
export interface Place {
  /** @default {@link STACK} */
  readonly stack?: string;
  /** @default {@link REGION} */
  readonly region?: string;
}

const APP = ['--app', `${process.execPath} test/deploy/app.ts`, '--output', 'cdk.out/emulator'];
const STAGED = path.resolve('cdk.out/emulator-bundles');

/** The CDK's own CLI, unmodified, which knows no AWS but the emulator. Every command returns what it printed. */
export interface Cdk {
  bootstrap(region?: string): Promise<string>;
  deploy(idleMs: number, place?: Place): Promise<string>;
  diff(idleMs: number): Promise<string>;
}

/** @param variables what the app reads beside the idle timeout: the issuer and the site's origin */
export async function createCdk(endpoint: string, variables: Record<string, string>): Promise<Cdk> {
  const bundles = await stageBundles();
  const cdk = (idleMs: number, { stack = STACK, region = REGION }: Place, ...args: string[]) =>
    run(endpoint, region, { ...variables, ...bundles, IDLE_MS: String(idleMs), STACK_NAME: stack }, args);
  return {
    bootstrap: (region = REGION) => cdk(0, { region }, 'bootstrap', `aws://000000000000/${region}`),
    deploy: (idleMs, place = {}) =>
      cdk(idleMs, place, 'deploy', ...APP, '--require-approval', 'never', '--progress', 'events'),
    diff: (idleMs) => cdk(idleMs, {}, 'diff', ...APP),
  };
}

/** The emulator looks for `index.js` only, where Lambda takes `index.cjs` too: it gets the same bytes by both names. */
async function stageBundles(): Promise<Record<string, string>> {
  await rm(STAGED, { recursive: true, force: true });
  await mkdir(STAGED, { recursive: true });
  const BUNDLES = path.join(STAGED, 'functions');
  const NOTES_BUNDLE = path.join(STAGED, 'notes');
  await cp('dist/functions', BUNDLES, { recursive: true });
  await cp('examples/demo/dist/api', NOTES_BUNDLE, { recursive: true });
  for (const folder of [...(await readdir(BUNDLES)).map((name) => path.join(BUNDLES, name)), NOTES_BUNDLE]) {
    await cp(path.join(folder, 'index.cjs'), path.join(folder, 'index.js'));
  }
  return { BUNDLES, NOTES_BUNDLE };
}

function run(
  endpoint: string,
  region: string,
  variables: Record<string, string>,
  args: readonly string[],
): Promise<string> {
  const child = spawn(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...variables,
      AWS_ENDPOINT_URL: endpoint,
      // Bucket names as paths: a name under localhost resolves in browsers only.
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DEFAULT_ACCOUNT: '000000000000',
      CDK_DEFAULT_REGION: region,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`cdk ${args[0]} exited with ${code}:\n${output.slice(-4_000)}`)),
    );
  });
}
