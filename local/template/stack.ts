import * as z from 'zod';
import { queueUrl } from '../aws.ts';
import type { LocalRoute } from '../gateway/routes.ts';
import type { SiteOptions } from '../http/site.ts';
import type { LocalFunction } from '../lambda/pool.ts';
import type { TerminalLog } from '../log.ts';
import { build, synthesize } from '../synthesis.ts';
import { readRoutes } from './api.ts';
import { type Assembly, readAssembly } from './assembly.ts';
import { readFunctions } from './functions.ts';
import { physicalName } from './intrinsics.ts';
import { findResources } from './resources.ts';
import { readOriginHeaders, readSite } from './site.ts';
import { type LocalTable, readTables } from './tables.ts';
import { type LocalMapping, type LocalSchedule, readMappings, readSchedules } from './triggers.ts';

/** What of a template runs here, with every reference resolved. */
export interface LocalStack {
  readonly tables: readonly LocalTable[];
  /** By logical id. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly routes: readonly LocalRoute[];
  readonly schedules: readonly LocalSchedule[];
  readonly mappings: readonly LocalMapping[];
  /** Names of the tables that may hold sessions: those whose stream is read. */
  readonly sessionTables: readonly string[];
  /** Names of the event buses. */
  readonly buses: readonly string[];
  /** URLs of the message queues. */
  readonly queues: readonly string[];
  /** Names of the secrets that Secrets Manager generates. */
  readonly secrets: readonly string[];
  readonly site: SiteOptions;
  /** Headers that the distribution adds to what it sends to the API. */
  readonly originHeaders: readonly (readonly [name: string, value: string])[];
}

export interface LoadOptions {
  /** CDK context on top of the app's own. @default {} */
  readonly context?: Readonly<Record<string, string>>;
  /** Takes the bundles as they are, and an earlier synthesis of the same inputs. @default false */
  readonly reuse?: boolean;
  /** Stops the step that is under way. */
  readonly signal?: AbortSignal;
}

/** Resources that would have to run here, and can't. Any other type has nothing to do on this machine. */
const NOT_SUPPORTED = new Set([
  'AWS::ApiGateway::RestApi',
  'AWS::DynamoDB::Table',
  'AWS::Lambda::Url',
  'AWS::Scheduler::Schedule',
]);

/** Reads the parts of the template that run here. @throws Error naming what is not supported */
export function readStack(assembly: Assembly, parameters: Readonly<Record<string, string>>): LocalStack {
  for (const [id, { Type }] of Object.entries(assembly.template.Resources)) {
    if (NOT_SUPPORTED.has(Type)) throw new Error(`template: ${id}: ${Type} is not supported`);
  }
  const source = { template: assembly.template, parameters };
  const functions = readFunctions(source, assembly);
  const mappings = readMappings(source, functions);
  const buses = findResources(source, 'AWS::Events::EventBus', z.object({}));
  const queues = findResources(source, 'AWS::SQS::Queue', z.object({}));
  const secrets = findResources(source, 'AWS::SecretsManager::Secret', z.object({}));
  return {
    tables: readTables(source),
    functions,
    routes: readRoutes(source, functions),
    schedules: readSchedules(source, functions),
    mappings,
    sessionTables: [...new Set(mappings.map(({ tableName }) => tableName))],
    buses: ['default', ...buses.map(({ id }) => physicalName(id, source))],
    queues: queues.map(({ id }) => queueUrl(physicalName(id, source))),
    secrets: secrets.map(({ id }) => physicalName(id, source)),
    site: readSite(source, assembly),
    originHeaders: readOriginHeaders(source),
  };
}

/**
 * Builds what is deployed, synthesizes, and reads the template.
 *
 * @param parameters values of the template's parameters
 * @throws StepError with the output of a step that failed
 */
export async function loadStack(
  { context = {}, reuse = false, signal }: LoadOptions,
  log: TerminalLog,
  parameters: Readonly<Record<string, string>>,
): Promise<LocalStack> {
  if (!reuse) {
    log.info('building functions and site …');
    await build(signal);
  }
  log.info('synthesizing the template …');
  const folder = await synthesize({ context, reuse, signal });
  return readStack(await readAssembly(folder), parameters);
}
