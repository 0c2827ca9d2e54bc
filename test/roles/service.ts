import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { build } from 'esbuild';
import { Identity } from '../../infra/constructs/identity.ts';
import { SessionService } from '../../infra/constructs/session-service.ts';
import { LocalClock } from '../../local/clock.ts';
import { FunctionPool } from '../../local/lambda/pool.ts';
import type { Outcome } from '../../local/lambda/worker.ts';
import { Parts } from '../../local/parts.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { readStack } from '../../local/template/stack.ts';
import { createTable, type Engine, startDynalite } from '../support/engines.ts';
import { SITE_URL } from '../support/http.ts';
import { CLIENT_ID, CLIENT_SECRET, startProvider } from '../support/provider.ts';
import { newApp } from '../support/stacks.ts';
import { type Permission, permissionsByRole } from './policies.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { KEY_ARN, SECRET_ARN } from './requests.ts';

/** Sessions that a user may have at once. */
export const MAX_SESSIONS = 2;

/** The functions, as they were synthesized, with all of AWS that they call in this process. */
export interface Service {
  readonly recorder: Recorder;
  /** What each role allows, by the function's name. */
  readonly roles: ReadonlyMap<string, readonly Permission[]>;
  readonly engine: Engine;
  readonly tableName: string;
  /** The store, past all roles. */
  readonly store: Awaited<ReturnType<typeof createTable>>['store'];
  /** Lets a function handle an event. @param doing what the requests that it makes are needed for */
  // biome-ignore lint/suspicious/noExplicitAny: what a function returns
  invoke(name: string, doing: string, event: unknown): Promise<any>;
  close(): Promise<void>;
}

/** Synthesizes a service with everything that it can have, and runs its functions from their bundles. */
export async function startService(): Promise<Service> {
  const parts = new Parts();
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-roles-'));
  parts.add({ close: () => rm(folder, { recursive: true, force: true }) });
  try {
    return await start(parts, folder);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

async function start(parts: Parts, folder: string): Promise<Service> {
  const provider = await startProvider();
  parts.add({ close: () => provider.stop() });
  const assembly = await readAssembly(await synthesize(folder));
  const stack = readStack(assembly, { Issuer: provider.issuer });
  const [tableName = ''] = stack.sessionTables;
  const engine = await startDynalite();
  parts.add({ close: () => engine.stop() });
  const { store } = await createTable(engine, { tableName });
  const recorder = parts.add(
    await startRecorder({ engine, ...stack, secrets: { [SECRET_ARN]: CLIENT_SECRET } }),
  );

  const clock = new LocalClock();
  const lines: string[] = [];
  const functions = new Map(
    [...stack.functions.values()].map((definition) => {
      const environment = {
        ...definition.environment,
        PATH: process.env.PATH ?? '',
        AWS_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: recorder.endpoint,
        // A request is signed with the name of its role.
        AWS_ACCESS_KEY_ID: definition.name,
        AWS_SECRET_ACCESS_KEY: 'local',
      };
      const made = new FunctionPool({ ...definition, environment }, clock.memory, (name, line) =>
        lines.push(`${name}: ${line}`),
      );
      return [definition.name, parts.add(made)];
    }),
  );

  return {
    recorder,
    roles: permissionsByRole(assembly.template),
    engine,
    tableName,
    store,
    async invoke(name, doing, event) {
      recorder.path = doing;
      let outcome = await functions.get(name)!.invoke(event);
      for (let attempt = 1; attempt < ATTEMPTS && gaveUp(outcome); attempt += 1) {
        outcome = await functions.get(name)!.invoke(event);
      }
      if (outcome.ok) return outcome.result;
      throw new Error(`${name}: ${outcome.error}\n${lines.join('\n')}`);
    },
    close: () => parts.close(),
  };
}

/** The functions give up within a second or a few, which is short where others keep the machine busy. */
const ATTEMPTS = 5;

function gaveUp(outcome: Outcome): boolean {
  return /ERR_STORE_UNAVAILABLE|timed out|"statusCode":503/.test(JSON.stringify(outcome));
}

async function synthesize(folder: string): Promise<string> {
  const { app, stack, issuer } = emptyApp(folder);
  const service = new SessionService(stack, 'Sessions', {
    siteUrl: SITE_URL,
    // What the page about the roles asks for by its name.
    busName: 'curfew',
    identity: Identity.oidc({
      issuer,
      clientId: `${CLIENT_ID}-secret`,
      clientSecret: Secret.fromSecretCompleteArn(stack, 'Secret', SECRET_ARN),
    }),
    encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN),
    browserClose: 'last-page',
    maxSessionsPerUser: MAX_SESSIONS,
    dueShards: 4,
    alarms: false,
  });
  service.administration();
  service.authorizer();
  service.protect(
    new LambdaFunction(stack, 'Guarded', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(await buildGuarded(folder)),
    }),
  );
  app.synth();
  return app.outdir;
}

function emptyApp(folder: string) {
  const app = newApp({ root: folder });
  const stack = new Stack(app, 'Roles');
  const { valueAsString: issuer } = new CfnParameter(stack, 'Issuer', { type: 'String' });
  return { app, stack, issuer };
}

/** What the roles of a service with everything that it can have allow, by the functions' names. */
export async function synthesizedRoles(): Promise<ReadonlyMap<string, readonly Permission[]>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-roles-'));
  try {
    return permissionsByRole((await readAssembly(await synthesize(folder))).template);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the role of `auth` allows in a service that is configured with as little as possible. */
export async function publicSignIn(): Promise<readonly Permission[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curfew-roles-'));
  try {
    const { app, stack, issuer } = emptyApp(folder);
    new SessionService(stack, 'Sessions', {
      siteUrl: SITE_URL,
      identity: Identity.oidc({ issuer, clientId: CLIENT_ID }),
      encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN),
    });
    app.synth();
    return permissionsByRole((await readAssembly(app.outdir)).template).get('auth')!;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A handler of a user's behind the guard, as a bundle. */
async function buildGuarded(folder: string): Promise<string> {
  const outdir = path.join(folder, 'guarded');
  await build({
    entryPoints: { index: path.join(import.meta.dirname, 'guarded.ts') },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  });
  return outdir;
}
