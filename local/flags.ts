import { parseArgs } from 'node:util';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { isLoopback } from '../core/loopback.ts';
import {
  definePolicy,
  MIN_IDLE_TIMEOUTS_IN_ABSOLUTE,
  MIN_WARN_BEFORE_MS,
  type Policy,
} from '../core/policy.ts';
import type { IdentitySettings } from './provider/own-provider.ts';

/** What the local runtime is started with. */
export interface Settings {
  readonly port: number;
  /** Serves the site by https. */
  readonly https: boolean;
  readonly engine: string;
  readonly sweepEveryMs: number;
  /** Runs what was built before. */
  readonly reuse: boolean;
  readonly policy: Policy;
  /** @default the provider that is started beside it */
  readonly identity: IdentitySettings | undefined;
  /** Context of the synthesis: the policy, and leave to be under its floors. */
  readonly context: Readonly<Record<string, string>>;
  /** Values under the floors of a deployment, a sentence each. */
  readonly notices: readonly string[];
}

/** A mistake on the command line: the message is for the user, the exit code is 2. */
export class UsageError extends Error {}

export const USAGE = `usage: npm start -- [options]
  --port <n>                    port of the site (8080; 0 takes a free one)
  --https                       serves https://localhost with a certificate of its own, for browsers on WebKit
  --idle <duration>             inactivity after which a session ends (15m)
  --absolute <duration>         age at which a session ends, active or not (12h)
  --warn <duration>             how long before the end the user is warned (2m, or half of --idle)
  --touch-interval <duration>   guarded requests write at most this often (1m, or a tenth of --idle)
  --sweep-every <duration>      how often the sweep looks for expired sessions (1m)
  --browser-close <how>         cookie, run or last-page (cookie)
  --engine <engine>             dynalite, dynamodb-local (Java 17), or the URL of an endpoint (dynalite)
  --issuer <url>                your own OpenID provider, in place of the local one: its issuer
  --client-id <id>              of this site at that provider
  --client-secret-env <name>    the environment variable that has the client secret (none: a public client)
  --no-build                    runs what npm run build made before
  --help
durations: 500ms, 90s, 15m, 12h`;

const OPTIONS = {
  port: { type: 'string' },
  https: { type: 'boolean' },
  idle: { type: 'string' },
  absolute: { type: 'string' },
  warn: { type: 'string' },
  'touch-interval': { type: 'string' },
  'sweep-every': { type: 'string' },
  'browser-close': { type: 'string' },
  engine: { type: 'string' },
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-env': { type: 'string' },
  'no-build': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * @param environment where a client secret is
 * @throws UsageError naming the flag and what it takes
 */
export function parseFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Settings | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const policy = policyOf(values);
  const sweepEvery = duration('sweep-every', values['sweep-every']) ?? 60_000;
  const notices = policyNotices(policy);
  if (sweepEvery < 1_000) throw new UsageError('--sweep-every must be at least 1s');
  if (sweepEvery < 10_000)
    notices.push(`--sweep-every ${formatDuration(sweepEvery)}: a deployment takes 10s or more`);
  return {
    port: port(values.port),
    https: values.https === true,
    engine: engine(values.engine),
    sweepEveryMs: sweepEvery,
    reuse: values['no-build'] === true,
    policy,
    identity: identityOf(values, environment),
    context: policyContext(policy),
    notices,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\. .*/s, '') : String(error));
  }
}

type Values = ReturnType<typeof parse>;

/**
 * The policy that the flags say. Floors that protect users are waived here, with a notice, since a demonstration of
 * half a minute needs that; rules that the session life itself needs are not.
 */
function policyOf(values: Values): Policy {
  const idle = duration('idle', values.idle);
  return checked(() =>
    definePolicy(
      {
        idleTimeoutMs: idle,
        absoluteTimeoutMs: duration('absolute', values.absolute) ?? absoluteFor(idle),
        warnBeforeMs: duration('warn', values.warn),
        touchIntervalMs: duration('touch-interval', values['touch-interval']),
        // Checked with the rest of the policy.
        browserClose: values['browser-close'] as 'cookie' | undefined,
        allowShortWarning: true,
        allowShortAbsoluteTimeout: true,
      },
      (field) => field.replace(/Ms$/, ''),
    ),
  );
}

/** An absolute limit that is not given grows with a long idle timeout, so that --idle is enough by itself. */
function absoluteFor(idle: number | undefined): number | undefined {
  return idle === undefined ? undefined : Math.max(43_200_000, MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * idle);
}

function policyNotices({ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs }: Policy): string[] {
  const notices: string[] = [];
  if (warnBeforeMs < MIN_WARN_BEFORE_MS) {
    notices.push(`warning of ${formatDuration(warnBeforeMs)}: a deployment takes 20s or more (WCAG 2.2.1)`);
  }
  if (absoluteTimeoutMs < MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * idleTimeoutMs) {
    notices.push(
      `absolute limit of ${formatDuration(absoluteTimeoutMs)}: a deployment takes ten idle timeouts or more (WCAG 2.2.1)`,
    );
  }
  return notices;
}

function policyContext(policy: Policy): Record<string, string> {
  return {
    'curfew:idle': `${policy.idleTimeoutMs}ms`,
    'curfew:absolute': `${policy.absoluteTimeoutMs}ms`,
    'curfew:warn': `${policy.warnBeforeMs}ms`,
    'curfew:touchInterval': `${policy.touchIntervalMs}ms`,
    'curfew:browserClose': policy.browserClose,
    'curfew:allowShortWarning': 'true',
    'curfew:allowShortAbsoluteTimeout': 'true',
  };
}

function checked<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0)
    throw new UsageError(`--${flag} must be a duration like 90s, 15m or 12h, not '${text}'`);
  return ms;
}

function port(text: string | undefined): number {
  const value = text === undefined ? 8080 : Number(text);
  if (/^\d*$/.test(text ?? '') && text !== '' && value <= 65_535) return value;
  throw new UsageError(`--port must be a number from 0 to 65535, not '${text}'`);
}

/** A provider of the user's own: its address, and this site's client there, which belong together. */
function identityOf(
  values: Values,
  environment: Readonly<Record<string, string | undefined>>,
): IdentitySettings | undefined {
  const { issuer, 'client-id': clientId, 'client-secret-env': variable } = values;
  if (issuer === undefined) {
    const other = clientId === undefined ? variable && 'client-secret-env' : 'client-id';
    if (other) throw new UsageError(`--${other} needs --issuer beside it`);
    return undefined;
  }
  if (!isIssuer(issuer)) {
    throw new UsageError(
      `--issuer must be an https:// URL without a query, or http:// on this machine, not '${issuer}'`,
    );
  }
  if (!clientId)
    throw new UsageError('--issuer needs --client-id beside it: the id of this site at the provider');
  if (variable === undefined) return { issuer, clientId };
  const clientSecret = environment[variable];
  // Not repeated: it may be the secret itself, by mistake.
  if (!clientSecret) {
    throw new UsageError('--client-secret-env must name an environment variable that has the client secret');
  }
  return { issuer, clientId, clientSecret };
}

/** OpenID Connect Discovery 1.0 §2, and what the deployed functions accept: http on a loopback address alone. */
function isIssuer(text: string): boolean {
  const { protocol, hostname, search, hash } = URL.parse(text) ?? {};
  if (search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname ?? ''));
}

function engine(text = 'dynalite'): string {
  if (text === 'dynalite' || text === 'dynamodb-local') return text;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--engine must be dynalite, dynamodb-local or an http(s):// URL, not '${text}'`);
}
