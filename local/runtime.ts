import { keptCertificate } from '../dev/machine/certificate.ts';
import { LocalClock } from './clock.ts';
import { startEngine } from './engine/engine.ts';
import { functionEnvironment } from './environment.ts';
import { type BusEvent, EventBus } from './event-bus.ts';
import { createGateway } from './gateway/gateway.ts';
import { createCookieCheck } from './http/cookie-check.ts';
import { createDistribution } from './http/distribution.ts';
import { createSite } from './http/site.ts';
import { WebServer } from './http/web-server.ts';
import { Functions } from './lambda/functions.ts';
import { createSchedules } from './lambda/schedules.ts';
import { connectStreams } from './lambda/streams.ts';
import { createLocalApi, sessionRows } from './local-api.ts';
import { createLog } from './log.ts';
import { MessageQueues } from './message-queues.ts';
import { Parts } from './parts.ts';
import { findProvider, type IdentitySettings } from './provider/own-provider.ts';
import { startProvider } from './provider/provider.ts';
import { Secrets } from './secrets.ts';
import { loadStack } from './template/stack.ts';
import { Timetable } from './timetable.ts';

export interface LocalOptions {
  /** Port of the site; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Serves the site by https, with the certificate that this file keeps. @default http */
  readonly certificateFile?: string;
  /** `dynalite`, `dynamodb-local`, or the URL of an endpoint. @default 'dynalite' */
  readonly engine?: string;
  /** CDK context: `{'curfew:idle': '40s', …}`. @default the app's own */
  readonly context?: Readonly<Record<string, string>>;
  /** How often the sweep runs, ms. @default the template's */
  readonly sweepEveryMs?: number;
  /** An OpenID provider that runs already. @default one that is started, with the user `demo` */
  readonly identity?: IdentitySettings | undefined;
  /** Takes the bundles as they are, and an earlier synthesis of the same inputs. @default false */
  readonly reuse?: boolean;
  /** Takes a line of the live log. @default none is written */
  readonly write?: (line: string) => void;
  /** Colours in the log. @default false */
  readonly colour?: boolean;
  /** Stops building and synthesizing. */
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
  /** The rows of sessions, without what is derived from their secrets. */
  sessions(): Promise<Record<string, unknown>[]>;
  /** Stops everything; nothing is left behind. */
  close(): Promise<void>;
}

/**
 * Builds, synthesizes, and runs what the template says.
 *
 * @throws PortInUseError, ProviderError, EngineError, StepError: each message says what is missing and what to do
 */
export async function startLocal(options: LocalOptions = {}): Promise<LocalRuntime> {
  const parts = new Parts();
  try {
    return await start(options, parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** The parts in the order in which they need each other; they are closed in the opposite one. */
async function start(options: LocalOptions, parts: Parts): Promise<LocalRuntime> {
  const { identity } = options;
  const { engine: engineName = 'dynalite', sweepEveryMs, write = () => undefined, colour = false } = options;
  const clock = new LocalClock();
  const log = createLog(write, colour, clock.now);
  const { certificateFile: file } = options;
  const certificate = file === undefined ? undefined : await keptCertificate(file, clock.now());
  const server = parts.add(new WebServer(certificate));
  const siteUrl = await server.listen(options.port ?? 0);
  const { issuer, signInOrigin } = identity
    ? { issuer: identity.issuer, signInOrigin: await findProvider(identity.issuer, options.signal) }
    : await demoProvider(siteUrl, clock, parts);
  const context = { ...options.context, ...(identity && identityContext(identity)) };
  const stack = await loadStack({ ...options, context }, log, { SiteOrigin: siteUrl, DemoIssuer: issuer });

  const bus = parts.add(
    new EventBus({ buses: stack.buses, now: clock.now, onEvent: (event) => log.event(event) }),
  );
  const queues = parts.add(
    new MessageQueues({ queues: stack.queues, onMessage: (body) => log.notice(`failure queue: ${body}`) }),
  );
  const secrets = parts.add(new Secrets(stack.secrets, secretsOf(identity)));
  const endpoints = {
    bus: await bus.listen(),
    queues: await queues.listen(),
    secrets: await secrets.listen(),
  };
  const engine = parts.add(await startEngine({ engine: engineName, tables: stack.tables, now: clock.now }));
  log.notice(`${engineName}: ${engine.notice}`);

  const environment = functionEnvironment(engine, endpoints);
  const functions = parts.add(new Functions({ definitions: stack.functions, environment, clock, log }));
  await functions.warm();
  const { settled } = connectStreams(stack.mappings, engine, functions, log);
  const schedules = createSchedules(stack, { functions, clock, sweepEveryMs });
  const timetable = parts.add(new Timetable({ clock, schedules, expire: engine.expire, settled, log }));
  timetable.start();

  const runtime: LocalRuntime = {
    siteUrl,
    issuer,
    now: clock.now,
    advance: (ms) => timetable.advance(ms),
    events: () => bus.events,
    sessions: async () => (await Promise.all(stack.sessionTables.map(engine.rows))).flatMap(sessionRows),
    close: () => parts.close(),
  };
  server.serve(
    createDistribution({
      localApi: createLocalApi(runtime),
      api: createGateway({ routes: stack.routes, functions, clock }),
      originHeaders: stack.originHeaders,
      site: createSite(stack.site),
      cookies: createCookieCheck(siteUrl, signInOrigin),
      log,
    }),
  );
  return runtime;
}

async function demoProvider(siteUrl: string, clock: LocalClock, parts: Parts) {
  const { issuer } = parts.add(await startProvider({ siteUrl, clock: clock.memory }));
  return { issuer, signInOrigin: issuer };
}

/** What the client secret is called in Secrets Manager. Its value is in no file. */
const CLIENT_SECRET = 'local-client-secret';

function identityContext({ issuer, clientId, clientSecret }: IdentitySettings): Record<string, string> {
  return {
    'curfew:issuer': issuer,
    'curfew:clientId': clientId,
    ...(clientSecret !== undefined && { 'curfew:clientSecret': CLIENT_SECRET }),
  };
}

function secretsOf(identity: IdentitySettings | undefined): Record<string, string> {
  return identity?.clientSecret === undefined ? {} : { [CLIENT_SECRET]: identity.clientSecret };
}
