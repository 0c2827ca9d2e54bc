import { BROWSER_CLOSE, type BrowserClose } from './contract.ts';
import { SessionError } from './errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** WCAG 2.2, success criterion 2.2.1: at least 20 s to react to a warning. */
export const MIN_WARN_BEFORE_MS = 20 * SECOND;
/** WCAG 2.2, success criterion 2.2.1: extendable at least ten times, so the absolute limit leaves room for ten. */
export const MIN_IDLE_TIMEOUTS_IN_ABSOLUTE = 10;
/** A guard may end a session at most this part of the idle timeout late. */
const MAX_TOUCH_INTERVAL_FRACTION = 1 / 4;
/** Epoch ms plus this stays a safe integer and a date that JavaScript can hold. */
const MAX_DURATION_MS = 366 * 24 * HOUR;

/** The rules that a session lives by, fixed at sign-in. All durations are ms. */
export interface Policy {
  /** Stored with each session and announced with its start, so that a change of policy can be followed. */
  readonly name: string;
  /** Inactivity after which the session ends (OWASP ASVS 7.3.1; NIST SP 800-63B-4 §5.2). */
  readonly idleTimeoutMs: number;
  /** Age at which the session ends, active or not (OWASP ASVS 7.3.2; NIST: overall). */
  readonly absoluteTimeoutMs: number;
  /** How long before the end the user is warned (WCAG 2.2 SC 2.2.1). */
  readonly warnBeforeMs: number;
  /** Guarded requests write at most once in this much activity time; a session may end this much late. */
  readonly touchIntervalMs: number;
  readonly browserClose: BrowserClose;
  /**
   * Inactivity after which a session ends that should be bound to a run of the browser and could not be. Left out:
   * idleTimeoutMs, as for every other session.
   */
  readonly unboundIdleTimeoutMs?: number | undefined;
}

/** What {@link definePolicy} takes: everything has a default. */
export interface PolicyInput {
  /** @default 'default' */
  name?: string | undefined;
  /** ms, a positive integer. @default 900 000 (15 minutes) */
  idleTimeoutMs?: number | undefined;
  /** ms, at least 10 × idleTimeoutMs. @default 43 200 000 (12 hours) */
  absoluteTimeoutMs?: number | undefined;
  /** ms, 20 000 … below idleTimeoutMs. @default 120 000 (2 minutes), or half the idle timeout if that is less */
  warnBeforeMs?: number | undefined;
  /** ms, 0 … idleTimeoutMs / 4; 0 writes at every active request. @default the lesser of 60 000 and idleTimeoutMs / 10 */
  touchIntervalMs?: number | undefined;
  /** @default 'cookie' */
  browserClose?: BrowserClose | undefined;
  /**
   * ms, above warnBeforeMs, at least 4 × touchIntervalMs, at most idleTimeoutMs; for `run` and `last-page` only.
   * @default idleTimeoutMs
   */
  unboundIdleTimeoutMs?: number | undefined;
  /**
   * Accepts a warning under 20 s. Users who need more time to read or act then lose their session:
   * this fails WCAG 2.2.1. @default false
   */
  allowShortWarning?: boolean | undefined;
  /** Accepts an absolute limit under ten idle timeouts (fails WCAG 2.2.1's ten extensions). @default false */
  allowShortAbsoluteTimeout?: boolean | undefined;
}

/**
 * Fills in the defaults and refuses what breaks a rule.
 *
 * @throws SessionError `ERR_POLICY_INVALID`, whose detail names the field and the rule
 */
export function definePolicy(input: PolicyInput = {}): Policy {
  const idleTimeoutMs = duration('idleTimeout', input.idleTimeoutMs ?? 15 * MINUTE, 1);
  const absoluteTimeoutMs = duration('absoluteTimeout', input.absoluteTimeoutMs ?? 12 * HOUR, 1);
  const warnBeforeMs = duration(
    'warnBefore',
    input.warnBeforeMs ?? Math.min(2 * MINUTE, Math.floor(idleTimeoutMs / 2)),
    0,
  );
  const touchIntervalMs = duration(
    'touchInterval',
    input.touchIntervalMs ?? Math.min(MINUTE, Math.floor(idleTimeoutMs / 10)),
    0,
  );
  const name = input.name ?? 'default';
  const browserClose = input.browserClose ?? 'cookie';

  if (!/^[\w.:-]{1,64}$/.test(name)) refuse('name must be 1 to 64 letters, digits, or one of _ . : -');
  if (!BROWSER_CLOSE.includes(browserClose)) {
    refuse(`browserClose must be one of ${BROWSER_CLOSE.join(', ')}`);
  }
  if (absoluteTimeoutMs < idleTimeoutMs) {
    refuse(`absoluteTimeout (${absoluteTimeoutMs} ms) must not be under idleTimeout (${idleTimeoutMs} ms)`);
  }
  if (warnBeforeMs >= idleTimeoutMs) {
    refuse(`warnBefore (${warnBeforeMs} ms) must be under idleTimeout (${idleTimeoutMs} ms)`);
  }
  if (touchIntervalMs > idleTimeoutMs * MAX_TOUCH_INTERVAL_FRACTION) {
    refuse(
      `touchInterval (${touchIntervalMs} ms) must not be over a quarter of idleTimeout (${idleTimeoutMs} ms)`,
    );
  }
  if (warnBeforeMs < MIN_WARN_BEFORE_MS && !input.allowShortWarning) {
    refuse(
      `warnBefore (${warnBeforeMs} ms) must be at least ${MIN_WARN_BEFORE_MS} ms (WCAG 2.2 SC 2.2.1), unless allowShortWarning is set`,
    );
  }
  if (absoluteTimeoutMs < MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * idleTimeoutMs && !input.allowShortAbsoluteTimeout) {
    refuse(
      `absoluteTimeout (${absoluteTimeoutMs} ms) must be at least ${MIN_IDLE_TIMEOUTS_IN_ABSOLUTE} × idleTimeout (${idleTimeoutMs} ms), so that a user can extend ten times (WCAG 2.2 SC 2.2.1), unless allowShortAbsoluteTimeout is set`,
    );
  }
  const policy = { name, idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, touchIntervalMs, browserClose };
  if (input.unboundIdleTimeoutMs === undefined) return policy;
  return { ...policy, unboundIdleTimeoutMs: unboundIdleTimeout(policy, input.unboundIdleTimeoutMs) };
}

/** Sessions of both kinds warn and coalesce alike, so the shorter idle timeout has to leave room for that too. */
function unboundIdleTimeout(policy: Policy, input: number): number {
  const value = duration('unboundIdleTimeout', input, 1);
  if (policy.browserClose === 'cookie') {
    refuse("unboundIdleTimeout needs browserClose 'run' or 'last-page': no other session is ever bound");
  }
  if (value > policy.idleTimeoutMs) {
    refuse(`unboundIdleTimeout (${value} ms) must not be over idleTimeout (${policy.idleTimeoutMs} ms)`);
  }
  if (policy.warnBeforeMs >= value) {
    refuse(`warnBefore (${policy.warnBeforeMs} ms) must be under unboundIdleTimeout (${value} ms)`);
  }
  if (policy.touchIntervalMs > value * MAX_TOUCH_INTERVAL_FRACTION) {
    refuse(
      `touchInterval (${policy.touchIntervalMs} ms) must not be over a quarter of unboundIdleTimeout (${value} ms)`,
    );
  }
  return value;
}

/**
 * Policies that keep within a standard's numbers, the lateness of a coalesced touch included:
 * idleTimeout + touchInterval never exceeds the standard's limit.
 */
export const PRESETS = {
  /** PCI DSS 4.0.1, 8.2.8: idle over 15 minutes needs re-authentication. 14 min + 60 s. */
  'pci-dss': { idleTimeoutMs: 14 * MINUTE, absoluteTimeoutMs: 12 * HOUR, touchIntervalMs: MINUTE },
  /** NIST SP 800-63B-4 AAL2: inactivity at most 1 h, overall at most 24 h. */
  'nist-aal2': { idleTimeoutMs: 59 * MINUTE, absoluteTimeoutMs: 24 * HOUR, touchIntervalMs: MINUTE },
  /** NIST SP 800-63B-4 AAL3: inactivity at most 15 min, overall at most 12 h. */
  'nist-aal3': { idleTimeoutMs: 14 * MINUTE, absoluteTimeoutMs: 12 * HOUR, touchIntervalMs: MINUTE },
} as const satisfies Record<string, PolicyInput>;

export type PresetName = keyof typeof PRESETS;

/**
 * A preset as a policy of that name.
 *
 * @throws SessionError `ERR_POLICY_INVALID` for a name that is none of {@link PRESETS}
 */
export function presetPolicy(name: PresetName): Policy {
  if (!Object.hasOwn(PRESETS, name)) refuse(`preset must be one of ${Object.keys(PRESETS).join(', ')}`);
  return definePolicy({ name, ...PRESETS[name] });
}

function duration(field: string, value: number, min: number): number {
  if (!Number.isInteger(value) || value < min || value > MAX_DURATION_MS) {
    refuse(
      `${field} must be a whole number of milliseconds from ${min} to ${MAX_DURATION_MS}, not ${String(value)}`,
    );
  }
  return value;
}

function refuse(detail: string): never {
  throw new SessionError('ERR_POLICY_INVALID', { detail });
}
