import { existsSync } from 'node:fs';
import path from 'node:path';
import type { LocalFunction } from './function-pool.ts';
import { ACCOUNT, type Physical, REGION, type Resolution, resolve } from './intrinsics.ts';
import type { LocalRoute } from './routes.ts';
import { rateMs } from './schedule.ts';
import { policyHeaders, type SiteOptions } from './site.ts';
import { type Assembly, type Resource, resourcesOf, type Template } from './template.ts';

/** What of the template runs here, with every reference resolved. */
export interface LocalStack {
  readonly table: { readonly name: string; readonly resource: Resource };
  /** Functions that this runtime runs, by logical id. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly routes: readonly LocalRoute[];
  /** Logical id of an integration → logical id of its function. */
  readonly integrations: ReadonlyMap<string, string>;
  readonly schedules: readonly {
    readonly everyMs: number;
    readonly functionId: string;
    readonly input: unknown;
  }[];
  readonly mappings: readonly StackMapping[];
  readonly buses: readonly string[];
  readonly site: SiteOptions;
  /** Host of the API as functions see it. */
  readonly domainName: string;
  /** Headers that the distribution adds to what it sends to the API. */
  readonly originHeaders: readonly (readonly [string, string])[];
}

export interface StackMapping {
  readonly functionId: string;
  readonly batchSize: number;
  readonly filters: readonly unknown[];
  readonly bisect: boolean;
  readonly reportsItemFailures: boolean;
  readonly retryAttempts: number;
}

const API_ID = 'curfewlocal';

/** Reads the parts of the template that run here. @throws Error for a template that has no table, or no API */
export function readStack(assembly: Assembly, parameters: Readonly<Record<string, string>>): LocalStack {
  const { template } = assembly;
  const physical = physicalNames(template);
  const resolution: Resolution = { template, parameters, physical };
  const functions = new Map(
    resourcesOf(template, 'AWS::Lambda::Function')
      .filter(
        ([, { Properties }]) =>
          Properties?.Handler === 'index.handler' && Properties?.Runtime === 'nodejs24.x',
      )
      .flatMap(([id, resource]) => readFunction(id, resource, assembly, resolution)),
  );
  const [table] = [
    ...resourcesOf(template, 'AWS::DynamoDB::GlobalTable'),
    ...resourcesOf(template, 'AWS::DynamoDB::Table'),
  ];
  if (!table) throw new Error('template: there is no table');
  return {
    table: { name: physical[table[0]]!.ref, resource: table[1] },
    functions,
    routes: resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => ({
      routeKey: Properties!.RouteKey,
      target: String(resolve(Properties!.Target, resolution)).replace(/^integrations\//, ''),
    })),
    integrations: new Map(
      resourcesOf(template, 'AWS::ApiGatewayV2::Integration').map(([id, { Properties }]) => [
        id,
        functionOf(resolve(Properties!.IntegrationUri, resolution)),
      ]),
    ),
    schedules: readSchedules(template, resolution),
    mappings: resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(([, resource]) =>
      readMapping(resource, resolution),
    ),
    buses: ['default', ...resourcesOf(template, 'AWS::Events::EventBus').map(([id]) => physical[id]!.ref)],
    site: readSite(assembly, resolution),
    domainName: `${API_ID}.execute-api.${REGION}.amazonaws.com`,
    originHeaders: readOriginHeaders(template, resolution),
  };
}

function physicalNames(template: Template): Record<string, Physical> {
  const names: Record<string, Physical> = {};
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
    switch (Type) {
      case 'AWS::DynamoDB::GlobalTable':
      case 'AWS::DynamoDB::Table': {
        const table = arn('dynamodb', 'table/curfew');
        names[id] = { ref: 'curfew', attributes: { Arn: table, StreamArn: `${table}/stream/local` } };
        break;
      }
      case 'AWS::Lambda::Function':
        names[id] = { ref: id, attributes: { Arn: arn('lambda', `function:${id}`) } };
        break;
      case 'AWS::ApiGatewayV2::Api':
        names[id] = {
          ref: API_ID,
          attributes: { ApiEndpoint: `https://${API_ID}.execute-api.${REGION}.amazonaws.com`, ApiId: API_ID },
        };
        break;
      case 'AWS::Events::EventBus': {
        const name = typeof Properties?.Name === 'string' ? Properties.Name : id;
        names[id] = { ref: name, attributes: { Name: name, Arn: arn('events', `event-bus/${name}`) } };
        break;
      }
    }
  }
  return names;
}

function readFunction(
  id: string,
  { Properties: properties = {} }: Resource,
  { assets }: Assembly,
  resolution: Resolution,
): [string, LocalFunction][] {
  const folder = assets.get(String(resolve(properties.Code?.S3Key, resolution)));
  // The helpers that CDK adds for the deployment itself are no bundles, and have nothing to do here.
  if (folder === undefined || !existsSync(path.join(folder, 'index.cjs'))) return [];
  const environment = resolve(properties.Environment?.Variables ?? {}, resolution) as Record<string, unknown>;
  return [
    [
      id,
      {
        name: /^Curfew ([\w-]+):/.exec(properties.Description ?? '')?.[1] ?? id,
        bundle: path.join(folder, 'index.cjs'),
        environment: Object.fromEntries(
          Object.entries(environment).map(([name, value]) => [name, String(value)]),
        ),
        timeoutMs: (properties.Timeout ?? 3) * 1000,
        memorySize: properties.MemorySize ?? 128,
      },
    ],
  ];
}

/** Logical id of the function in an ARN made by {@link physicalNames}. */
function functionOf(arn: unknown): string {
  return String(arn).split(':function:').at(-1)!.split('/')[0]!;
}

function readSchedules(template: Template, resolution: Resolution): LocalStack['schedules'] {
  return resourcesOf(template, 'AWS::Events::Rule')
    .filter(
      ([, { Properties }]) => Properties?.ScheduleExpression !== undefined && Properties.State !== 'DISABLED',
    )
    .flatMap(([, { Properties }]) =>
      (Properties!.Targets as { Arn: unknown; Input?: string }[]).map((target) => ({
        everyMs: rateMs(Properties!.ScheduleExpression),
        functionId: functionOf(resolve(target.Arn, resolution)),
        input: target.Input === undefined ? undefined : JSON.parse(String(resolve(target.Input, resolution))),
      })),
    );
}

function readMapping({ Properties: properties = {} }: Resource, resolution: Resolution): StackMapping {
  const filters = (properties.FilterCriteria?.Filters ?? []) as { Pattern: string }[];
  return {
    functionId: functionOf(resolve(properties.FunctionName, resolution)),
    batchSize: properties.BatchSize ?? 100,
    filters: filters.map(({ Pattern }) => JSON.parse(Pattern)),
    bisect: properties.BisectBatchOnFunctionError === true,
    reportsItemFailures: (properties.FunctionResponseTypes ?? []).includes('ReportBatchItemFailures'),
    // Without a limit AWS goes on for a day; a laptop gives up sooner.
    retryAttempts: Math.min(10, properties.MaximumRetryAttempts >= 0 ? properties.MaximumRetryAttempts : 10),
  };
}

function readSite({ template, assets }: Assembly, resolution: Resolution): SiteOptions {
  const [deployment] = resourcesOf(template, 'Custom::CDKBucketDeployment');
  const [policy] = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy');
  const keys = (deployment?.[1].Properties?.SourceObjectKeys ?? []) as unknown[];
  const folders = keys
    .map((key) => assets.get(String(resolve(key, resolution))))
    .filter((folder) => folder !== undefined);
  return {
    // A later source overwrites an earlier one's object of the same name.
    folders: folders.reverse(),
    headers: policyHeaders(policy?.[1]),
    cacheControl: deployment?.[1].Properties?.SystemMetadata?.['cache-control'],
  };
}

function readOriginHeaders(template: Template, resolution: Resolution): [string, string][] {
  const origins = resourcesOf(template, 'AWS::CloudFront::Distribution').flatMap(
    ([, { Properties }]) => Properties?.DistributionConfig?.Origins ?? [],
  ) as {
    CustomOriginConfig?: object;
    OriginCustomHeaders?: { HeaderName: string; HeaderValue: unknown }[];
  }[];
  return origins
    .filter((origin) => origin.CustomOriginConfig !== undefined)
    .flatMap((origin) => origin.OriginCustomHeaders ?? [])
    .map(({ HeaderName, HeaderValue }) => [HeaderName, String(resolve(HeaderValue, resolution))]);
}
