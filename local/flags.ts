import { parseArgs } from 'node:util';
import { formatDuration, parseDuration } from '../core/duration.ts';
import {
  definePolicy,
  MIN_IDLE_TIMEOUTS_IN_ABSOLUTE,
  MIN_WARN_BEFORE_MS,
  type Policy,
} from '../core/policy.ts';

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
  'no-build': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws UsageError naming the flag and what it takes */
export function parseFlags(args: readonly string[]): Settings | 'help' {
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

function engine(text = 'dynalite'): string {
  if (text === 'dynalite' || text === 'dynamodb-local') return text;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--engine must be dynalite, dynamodb-local or an http(s):// URL, not '${text}'`);
}
