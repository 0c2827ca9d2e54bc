import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatDuration, parseDuration } from '../core/duration.ts';
import type { PolicyInput } from '../core/policy.ts';
import { parseUrl } from '../functions/http/url.ts';
import { type IdentityOptions, policyOf } from '../functions/server/options.ts';
import { keptCertificate } from './machine/certificate.ts';
import { close, listenOnBoth } from './machine/loopback.ts';
import { type DevIo, type DevOptions, usualFile } from './options.ts';
import { ROUTES } from './protocol.ts';
import { createDevProxy } from './proxy.ts';
import { isOwnHost } from './requests.ts';
import { createWorld, keepSweeping } from './world.ts';

export const DEV_USAGE = `Usage:
  curfew dev --proxy <address> [--port <n>]

Puts Curfew in front of an application on this machine, in any language: it signs in anybody by a name, ends sessions,
warns, and adds a panel to the pages. Everything else goes on to the application, WebSockets included, with headers that
tell of the session (x-curfew-state, x-curfew-subject, x-curfew-name …). For development alone.

  --proxy <address>           where the application is: http://localhost:3000
  --port <n>                  where Curfew is to be: 4000 (0 takes a free one)
  --user <name>               a name that the sign-in page offers; may be given again
  --idle, --absolute, --warn <duration>
                              the rules of sessions, like 90s, 15m or 12h: 15m, 12h, 2m
  --browser-close cookie|run|last-page
                              how the closing of the browser ends a session: cookie
  --issuer <address>          sign in at a real OpenID provider, with --client-id and, for a confidential client,
  --client-id <id>            the name of the variable that has its secret
  --client-secret-env <name>
  --base-path <path>          what the paths of the API begin with: /api
  --file <file>               where sessions are kept: node_modules/.cache/curfew/sessions-<port>.json
  --https                     with a certificate of its own, which Safari needs; the browser asks once whether to accept it
  --help
`;

/** Wrong arguments: reported with the usage, exit code 2. */
export class DevUsageError extends Error {}

/** What `curfew dev` was asked for. */
export interface DevCommand {
  /** Origin of the application. */
  readonly target: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Serves by https, with the certificate that this file keeps. Undefined: by http. */
  readonly certificateFile: string | undefined;
  readonly options: DevOptions;
}

/** What the command can be told. */
export const DEV_FLAGS = {
  proxy: { type: 'string' },
  port: { type: 'string', default: '4000' },
  user: { type: 'string', multiple: true },
  idle: { type: 'string' },
  absolute: { type: 'string' },
  warn: { type: 'string' },
  'browser-close': { type: 'string' },
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-env': { type: 'string' },
  'base-path': { type: 'string' },
  file: { type: 'string' },
  https: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>;

/** @throws DevUsageError naming the argument at fault */
export function readDevArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): DevCommand | 'help' {
  const values = parse(argv);
  if (values.help) return 'help';
  const port = portOf(values.port);
  const { user, https, file = usualFile(`sessions-${port}`), 'base-path': basePath } = values;
  return {
    target: targetOf(values.proxy, port),
    port,
    certificateFile: https ? path.join(path.dirname(usualFile()), 'localhost.json') : undefined,
    options: {
      ...{ file, basePath, policy: rulesOf(values), identity: identityOf(values, environment) },
      ...(user && { users: user }),
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: DEV_FLAGS }).values;
  } catch (error) {
    throw new DevUsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param own the port of Curfew */
function targetOf(text: string | undefined, own: number): string {
  const url = parseUrl(text ?? '');
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new DevUsageError('--proxy: the address of the application, like http://localhost:3000');
  }
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (port === own && isOwnHost(url.hostname)) {
    throw new DevUsageError(
      `--proxy: ${url.origin} is where Curfew is to be: choose another port for it by --port`,
    );
  }
  return url.origin;
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new DevUsageError(`--port: a number from 0 to 65535, not '${text}'`);
}

/** Short timeouts and warnings are allowed without being asked for: they are what one tries out on one's own machine. */
function rulesOf(values: Values): PolicyInput {
  const { 'browser-close': browserClose } = values;
  return {
    idleTimeoutMs: durationOf('idle', values.idle),
    absoluteTimeoutMs: durationOf('absolute', values.absolute),
    warnBeforeMs: durationOf('warn', values.warn),
    // Checked with the rest of the policy.
    browserClose: browserClose as PolicyInput['browserClose'],
    allowShortWarning: true,
    allowShortAbsoluteTimeout: true,
  };
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new DevUsageError(`--${flag}: a duration like 90s, 15m or 12h`);
  return ms;
}

function identityOf(
  { issuer, 'client-id': clientId, 'client-secret-env': variable }: Values,
  environment: Readonly<Record<string, string | undefined>>,
): IdentityOptions | undefined {
  if (issuer === undefined && clientId === undefined && variable === undefined) return undefined;
  if (issuer === undefined || clientId === undefined) {
    throw new DevUsageError('--issuer and --client-id belong together');
  }
  const clientSecret = variable === undefined ? undefined : environment[variable];
  // Not repeated: it may be the secret itself, by mistake.
  if (variable !== undefined && !clientSecret) {
    throw new DevUsageError('--client-secret-env: the name of a variable that has the secret');
  }
  return { issuer, clientId, clientSecret };
}

/** A development server that runs. */
export interface RunningDev {
  /** Origin at which to open the application. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Runs `curfew dev`.
 *
 * @throws PortInUseError; Error naming an option; SessionError `ERR_POLICY_INVALID`
 */
export async function startDev(
  { target, port, certificateFile, options }: DevCommand,
  io: DevIo,
): Promise<RunningDev> {
  const world = createWorld(options, io);
  const proxy = createDevProxy(world, target);
  const certificate = certificateFile ? await keptCertificate(certificateFile, io.now()) : undefined;
  const create = () =>
    certificate
      ? createTlsServer({ ...certificate, ...proxy.serverOptions }, proxy.listener)
      : createServer(proxy.serverOptions, proxy.listener);
  const { port: taken, servers } = await listenOnBoth(() => create().on('upgrade', proxy.upgrade), port);
  const stop = keepSweeping(world);
  return {
    origin: `${certificate ? 'https' : 'http'}://localhost:${taken}`,
    async close() {
      stop();
      proxy.close();
      await Promise.all(servers.map(close));
    },
  };
}

/** What is printed once it runs. */
export function announcement(
  { origin }: RunningDev,
  { target, options, certificateFile }: DevCommand,
): string {
  const { idleTimeoutMs, warnBeforeMs, absoluteTimeoutMs } = policyOf(options);
  const signIn = options.identity
    ? `Sign in at ${options.identity.issuer}, which needs ${origin}${options.basePath ?? '/api'}/auth/callback as redirect URI`
    : 'Sign in under any name';
  return `
  ${target} with Curfew: open ${origin}
  ${signIn}. The panel is in the pages, and at ${origin}${ROUTES.panel}${
    certificateFile
      ? '\n  The browser asks once whether to accept the certificate, which this machine has made for itself'
      : ''
  }
  Idle ${formatDuration(idleTimeoutMs)}, warning ${formatDuration(warnBeforeMs)} before, at most ${formatDuration(absoluteTimeoutMs)}. Sessions are kept in ${options.file}. Stop with Ctrl+C.
`;
}
