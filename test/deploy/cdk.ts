import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  /** Port of this machine at which its distribution finds the API. @default that of the variables */
  readonly originPort?: number;
}

const APP = ['--app', `${process.execPath} test/deploy/app.ts`, '--output', 'cdk.out/emulator'];
const REMOVABLE = [
  '--app',
  `${process.execPath} test/deploy/removable.ts`,
  '--output',
  'cdk.out/emulator-removable',
];
const SHOP = ['--app', `${process.execPath} test/deploy/shop.ts`, '--output', 'cdk.out/emulator-shop'];
const BROUGHT = [
  '--app',
  `${process.execPath} test/deploy/brought-app.ts`,
  '--output',
  'cdk.out/emulator-brought',
];
const QUIETLY = ['--require-approval', 'never', '--progress', 'events'];
const STAGED = path.resolve('cdk.out/emulator-bundles');

/** The CDK's own CLI, unmodified, which knows no AWS but the emulator. Every command returns what it printed. */
export interface Cdk {
  /** Folder of the site that is deployed, a copy. */
  readonly site: string;
  bootstrap(region?: string): Promise<string>;
  deploy(idleMs: number, place?: Place): Promise<string>;
  diff(idleMs: number): Promise<string>;
  /** Deploys what test/deploy/removable.ts makes of the variables. */
  deployRemovable(stack: string, variables: Record<string, string>): Promise<string>;
  /** Deploys both stacks that test/deploy/shop.ts makes. */
  deployShop(stack: string, variables: Record<string, string>): Promise<string>;
  /** Deploys what test/deploy/brought-app.ts makes. */
  deployBrought(stack: string): Promise<string>;
  /** Writes the cloud assembly of the demo into a folder. */
  synthesizeDemo(folder: string): Promise<string>;
  /** Deploys what is in the folder of a cloud assembly. */
  deployAssembly(folder: string): Promise<string>;
}

/** @param variables what the app reads beside the idle timeout: the issuer and the site's origin */
export async function createCdk(endpoint: string, variables: Record<string, string>): Promise<Cdk> {
  const bundles = { ...(await stageBundles()), ...(await stageCopier()) };
  const { port } = new URL(endpoint);
  const cdk = (idleMs: number, { stack = STACK, region = REGION, originPort }: Place, ...args: string[]) =>
    run(
      endpoint,
      region,
      {
        ...variables,
        ...bundles,
        // By address: boto3 would put a bucket's name before a host name.
        ENDPOINT: `http://127.0.0.1:${port}`,
        IDLE_MS: String(idleMs),
        STACK_NAME: stack,
        ...(originPort !== undefined && { ORIGIN_PORT: String(originPort) }),
      },
      args,
    );
  return {
    site: bundles.SITE!,
    bootstrap: (region = REGION) => cdk(0, { region }, 'bootstrap', `aws://000000000000/${region}`),
    deploy: (idleMs, place = {}) => cdk(idleMs, place, 'deploy', ...APP, ...QUIETLY),
    diff: (idleMs) => cdk(idleMs, {}, 'diff', ...APP),
    deployBrought: (stack) => cdk(0, { stack }, 'deploy', ...BROUGHT, ...QUIETLY),
    synthesizeDemo: (folder) => run(endpoint, REGION, {}, ['synth', '--quiet', '--output', folder]),
    deployAssembly: (folder) => run(endpoint, REGION, {}, ['deploy', '--app', folder, ...QUIETLY]),
    deployRemovable: (stack, chosen) =>
      run(endpoint, REGION, { ...bundles, ...chosen, STACK_NAME: stack }, [
        'deploy',
        ...REMOVABLE,
        ...QUIETLY,
      ]),
    deployShop: (stack, chosen) =>
      run(endpoint, REGION, { ...variables, ...bundles, ...chosen, STACK_NAME: stack }, [
        'deploy',
        '--all',
        ...SHOP,
        ...QUIETLY,
      ]),
  };
}

/** The emulator looks for `index.js` only, where Lambda takes `index.cjs` too: it gets the same bytes by both names. */
async function stageBundles(): Promise<Record<string, string>> {
  await rm(STAGED, { recursive: true, force: true });
  await mkdir(STAGED, { recursive: true });
  const BUNDLES = path.join(STAGED, 'functions');
  const NOTES_BUNDLE = path.join(STAGED, 'notes');
  await cp('dist/functions', BUNDLES, { recursive: true });
  const SITE = path.join(STAGED, 'site');
  await cp('examples/demo/dist/api', NOTES_BUNDLE, { recursive: true });
  await cp('examples/demo/dist/site', SITE, { recursive: true });
  for (const folder of [...(await readdir(BUNDLES)).map((name) => path.join(BUNDLES, name)), NOTES_BUNDLE]) {
    await cp(path.join(folder, 'index.cjs'), path.join(folder, 'index.js'));
  }
  return { BUNDLES, NOTES_BUNDLE, SITE };
}

const CDK_COPIER =
  'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3-deployment/bucket-deployment-handler/index.py';

/** The CDK's own function that copies a site into its bucket, but for the place of its layer, and Lambda's Python. */
async function stageCopier(): Promise<Record<string, string>> {
  const COPIER = path.join(STAGED, 'copier');
  await mkdir(COPIER);
  const code = (await readFile(CDK_COPIER, 'utf8'))
    .replace('"/opt/awscli/aws"', 'os.environ["_LAMBDA_LAYERS_DIRS"] + "/awscli/aws"')
    .replace('check_call([aws]', 'check_call(["python3", aws]');
  await writeFile(path.join(COPIER, 'index.py'), code);
  return { COPIER };
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
