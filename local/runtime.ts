import type { DynamoDBRecord } from 'aws-lambda';
import { LocalClock } from './clock.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { type BusEvent, EventBus } from './event-bus.ts';
import { FunctionPool } from './function-pool.ts';
import { createGateway } from './gateway.ts';
import type { HttpReply, HttpRequest } from './http-event.ts';
import { createLocalApi, sessionRows } from './local-api.ts';
import { createLog, type TerminalLog } from './log.ts';
import { startProvider } from './provider/provider.ts';
import { Schedule } from './schedule.ts';
import { createSite } from './site.ts';
import { type LocalStack, readStack } from './stack.ts';
import { StreamMapping } from './stream-mapping.ts';
import { build, stopSteps, synthesize } from './synthesis.ts';
import { readAssembly } from './template.ts';
import { WebServer } from './web-server.ts';

export interface LocalOptions {
  /** Port of the site; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** `dynalite`, `dynamodb-local`, or the URL of an endpoint. @default 'dynalite' */
  readonly engine?: string;
  /** CDK context: `{'curfew:idle': '40s', …}`. */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * How often the sweep runs, ms: the schedule itself here, and one sweep an invocation. Deployed, a sweep under a
   * minute takes turns within an invocation of a minute, and a moved clock could not wait for that.
   *
   * @default the template's
   */
  readonly sweepEveryMs?: number;
  /** Takes the bundles as they are, and an earlier synthesis of the same inputs. @default false */
  readonly reuse?: boolean;
  /** Where the live log goes. @default nowhere */
  readonly write?: (line: string) => void;
  /** Colours in the log. @default false */
  readonly colour?: boolean;
  /** Starts only what the stream, the schedule and the bus need, not the schedule's own ticks. @default true */
  readonly ticks?: boolean;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

/** The application, running on this machine. */
export interface LocalRuntime {
  readonly siteUrl: string;
  /** The identity provider, on another site than the application. */
  readonly issuer: string;
  /** Epoch ms, as the functions see it. */
  now(): number;
  /** Moves the time; resolves when what fell due has run and its events are on the bus. @returns the new time */
  advance(ms: number): Promise<number>;
  /** Every event put on the bus so far, oldest first. */
  events(): readonly BusEvent[];
  /** The sessions' rows, without what is derived from the secret. */
  sessions(): Promise<Record<string, unknown>[]>;
  /** Stops everything; nothing is left behind. */
  close(): Promise<void>;
}

/** Things to close, closed in the opposite order, each however the others fared. */
class Closing {
  private readonly steps: (() => Promise<unknown>)[] = [];

  add<T extends { close(): Promise<unknown> }>(thing: T): T {
    this.steps.push(() => thing.close());
    return thing;
  }

  async close(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) await step().catch(() => undefined);
  }
}

/**
 * Builds, synthesizes, and runs what the template says.
 *
 * @throws PortInUseError, EngineError, StepError: each message says what is missing and what to do
 */
export async function startLocal(options: LocalOptions = {}): Promise<LocalRuntime> {
  const closing = new Closing();
  const stop = () => stopSteps();
  options.signal?.addEventListener('abort', stop);
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

async function start(options: LocalOptions, closing: Closing): Promise<LocalRuntime> {
  const clock = new LocalClock();
  const log = createLog(options.write ?? (() => undefined), options.colour ?? false, () => clock.now());
  const server = closing.add(new WebServer());
  const siteUrl = await server.listen(options.port ?? 0);
  const provider = closing.add(await startProvider({ siteUrl, clock: clock.memory, port: 0 }));
  const stack = await prepare(options, log, { SiteOrigin: siteUrl, DemoIssuer: provider.issuer });
  options.signal?.throwIfAborted();

  const bus = closing.add(
    new EventBus(
      stack.buses,
      () => clock.now(),
      (event) => log.event(event),
    ),
  );
  const busEndpoint = await bus.listen();
  const mappings: StreamMapping[] = [];
  const onRecord = (record: DynamoDBRecord) => {
    for (const mapping of mappings) mapping.push(record);
  };
  const engine = closing.add(await startEngine(engineOptions(options, stack, clock, onRecord)));
  if (engine.notice) log.notice(`${options.engine ?? 'dynalite'}: ${engine.notice}`);

  const pools = startPools(stack, clock, log, runtimeEnvironment(engine, busEndpoint));
  for (const pool of pools.values()) closing.add(pool);
  await Promise.all([...pools.values()].map((pool) => pool.warm()));
  for (const mapping of stack.mappings) mappings.push(connectMapping(mapping, pools, log));

  const settle = async () => {
    await engine.settle();
    for (const mapping of mappings) await mapping.drained();
  };
  const schedules = startSchedules(stack, pools, clock, log, options.sweepEveryMs);
  for (const schedule of schedules) closing.add(schedule);
  const ttl = closing.add(
    new Schedule({ everyMs: 60_000, clock, fire: async () => void (await engine.expire(clock.now())) }),
  );
  if (options.ticks ?? true) for (const schedule of [...schedules, ttl]) schedule.start();

  const advance = async (ms: number): Promise<number> => {
    const now = clock.advance(ms);
    log.info(`time moved by ${ms} ms, to ${new Date(now).toISOString()}`);
    // The sweep first: TTL, which is days late on AWS, must not be what announces a session's end here.
    for (const schedule of schedules) await schedule.catchUp();
    await settle();
    await ttl.catchUp();
    await settle();
    return clock.now();
  };
  const sessions = async () => sessionRows(await engine.rows());
  const events = () => bus.events;
  const localApi = createLocalApi({ events, sessions, now: () => clock.now(), advance });
  server.serve(createAnswer(stack, pools, clock, log, localApi));
  return {
    siteUrl,
    issuer: provider.issuer,
    now: () => clock.now(),
    advance,
    events,
    sessions,
    close: () => closing.close(),
  };
}

/** Builds and synthesizes. */
async function prepare(
  options: LocalOptions,
  log: TerminalLog,
  parameters: Readonly<Record<string, string>>,
): Promise<LocalStack> {
  const reuse = options.reuse ?? false;
  if (!reuse) {
    log.info('building functions and site …');
    await build();
  }
  options.signal?.throwIfAborted();
  log.info('synthesizing the template …');
  const folder = await synthesize({ context: options.context ?? {}, reuse });
  return readStack(await readAssembly(folder), parameters);
}

function engineOptions(
  options: LocalOptions,
  stack: LocalStack,
  clock: LocalClock,
  onRecord: (record: DynamoDBRecord) => void,
) {
  return {
    engine: options.engine ?? 'dynalite',
    tableName: stack.table.name,
    table: stack.table.resource,
    now: () => clock.now(),
    onRecord,
  };
}

/** What the Lambda service adds to a function's environment, and where AWS is on this machine. */
function runtimeEnvironment(engine: Engine, busEndpoint: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TZ: ':UTC',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    // Whatever is not named below must not reach AWS: this port never answers.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busEndpoint,
    OLD_ITEM_ON_REFUSAL: engine.oldItemOnRefusal,
  };
}

function startPools(
  stack: LocalStack,
  clock: LocalClock,
  log: TerminalLog,
  environment: Readonly<Record<string, string>>,
): Map<string, FunctionPool> {
  return new Map(
    [...stack.functions].map(([id, definition]) => {
      const named = {
        AWS_LAMBDA_FUNCTION_NAME: definition.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memorySize),
        ...(SWEEP_INTERVAL in definition.environment && { [SWEEP_INTERVAL]: '60000' }),
      };
      const whole = { ...definition, environment: { ...definition.environment, ...environment, ...named } };
      return [id, new FunctionPool(whole, clock.memory, (name, line) => log.fromFunction(name, line))];
    }),
  );
}

function connectMapping(
  mapping: LocalStack['mappings'][number],
  pools: ReadonlyMap<string, FunctionPool>,
  log: TerminalLog,
): StreamMapping {
  const pool = pools.get(mapping.functionId);
  if (!pool) throw new Error(`template: the stream goes to ${mapping.functionId}, which is no function here`);
  return new StreamMapping({
    ...mapping,
    invoke: (event) => pool.invoke(event),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onGivenUp: (records, error) =>
      log.notice(
        `${records.length} stream records given up, on AWS a note goes to the failure queue: ${error}`,
      ),
  });
}

/** Variable of a function that takes turns within an invocation, unless it is a minute or more. */
const SWEEP_INTERVAL = 'SWEEP_EVERY_MS';

function startSchedules(
  stack: LocalStack,
  pools: ReadonlyMap<string, FunctionPool>,
  clock: LocalClock,
  log: TerminalLog,
  sweepEveryMs: number | undefined,
): Schedule[] {
  return stack.schedules.map(({ everyMs, functionId, input }) => {
    const pool = pools.get(functionId);
    if (!pool) throw new Error(`template: the schedule goes to ${functionId}, which is no function here`);
    const event = () =>
      input ?? {
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        time: new Date(clock.now()).toISOString(),
        detail: {},
      };
    const inner = Number(stack.functions.get(functionId)?.environment[SWEEP_INTERVAL] ?? everyMs);
    return new Schedule({
      everyMs: sweepEveryMs ?? Math.min(everyMs, inner),
      clock,
      fire: async () => {
        const outcome = await pool.invoke(event());
        if (!outcome.ok)
          log.fromFunction(pool.definition.name, JSON.stringify({ level: 'ERROR', message: outcome.error }));
      },
    });
  });
}

/** One origin: the API under `/api`, the runtime's own paths, and the site. */
function createAnswer(
  stack: LocalStack,
  pools: ReadonlyMap<string, FunctionPool>,
  clock: LocalClock,
  log: TerminalLog,
  localApi: (request: HttpRequest) => Promise<HttpReply>,
) {
  const integrations = new Map(
    [...stack.integrations].flatMap(([id, functionId]) => {
      const pool = pools.get(functionId);
      return pool ? [[id, pool] as const] : [];
    }),
  );
  const gateway = createGateway({
    routes: stack.routes,
    integrations,
    domainName: stack.domainName,
    clock,
    log: (name, line) => log.fromFunction(name, JSON.stringify({ level: 'ERROR', message: line })),
  });
  const site = createSite(stack.site);
  return async (request: HttpRequest) => {
    const path = request.url.split('?')[0]!;
    if (path.startsWith('/__local/')) return localApi(request);
    if (!path.startsWith('/api/')) return site(request.method, request.url);
    const began = performance.now();
    const reply = await gateway({
      ...request,
      rawHeaders: [...request.rawHeaders, ...stack.originHeaders.flat()],
    });
    // Without the query: the callback's carries the code.
    log.request(request.method, path, reply.status, performance.now() - began, problemCode(reply));
    return reply;
  };
}

/** Code and reason of a problem document, for the log. */
function problemCode({ headers, body }: HttpReply): string | undefined {
  if (
    !headers.some(([name, value]) => name === 'content-type' && value.startsWith('application/problem+json'))
  ) {
    return undefined;
  }
  const { code, reason } = JSON.parse(body.toString('utf8')) as { code?: string; reason?: string };
  return reason === undefined ? code : `${code} (${reason})`;
}
