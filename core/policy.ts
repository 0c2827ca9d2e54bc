import { BROWSER_CLOSE, type BrowserClose } from './contract.ts';
import { SessionError } from './errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** WCAG 2.2, success criterion 2.2.1: at least 20 s to react to a warning. */
export const MIN_WARN_BEFORE_MS = 20 * SECOND;
/** WCAG 2.2, success criterion 2.2.1: extendable at least ten times, so the absolute limit leaves room for ten. */
export const MIN_IDLE_TIMEOUTS_IN_ABSOLUTE = 10;
/** A guard may end a session late by at most this part of the idle timeout. */
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
  /** How long before the absolute limit the user is told to save their work: it can't be extended. */
  readonly absoluteWarnBeforeMs: number;
  /** Guarded requests write at most once in this much activity time; a session may end this much late. */
  readonly touchIntervalMs: number;
  /** How the closing of the browser ends a session. */
  readonly browserClose: BrowserClose;
  /**
   * Inactivity after which a session ends whose binding to a run of the browser is not confirmed. Left out:
   * idleTimeoutMs, as for every other session.
   */
  readonly unboundIdleTimeoutMs?: number | undefined;
}

/** What {@link definePolicy} takes: everything has a default. */
export interface PolicyInput {
  /** That of a preset only for a policy that keeps its standard's limits. @default 'default' */
  name?: string | undefined;
  /** ms, a positive integer. @default 900 000 (15 minutes) */
  idleTimeoutMs?: number | undefined;
  /** ms, at least 10 × idleTimeoutMs. @default 43 200 000 (12 hours) */
  absoluteTimeoutMs?: number | undefined;
  /** ms, 20 000 … below idleTimeoutMs. @default 120 000 (2 minutes), or half the idle timeout if that is less */
  warnBeforeMs?: number | undefined;
  /**
   * ms, 0 … below absoluteTimeoutMs; 0 gives no notice of its own before the warning.
   *
   * @default 600 000 (10 minutes), or a tenth of the absolute limit if that is less
   */
  absoluteWarnBeforeMs?: number | undefined;
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

type DurationField = {
  [Field in keyof Policy]-?: NonNullable<Policy[Field]> extends number ? Field : never;
}[keyof Policy];

/** Every field: one that is misspelt would leave its rule at the default. */
const KNOWN: Readonly<Record<keyof PolicyInput, true>> = {
  name: true,
  idleTimeoutMs: true,
  absoluteTimeoutMs: true,
  warnBeforeMs: true,
  absoluteWarnBeforeMs: true,
  touchIntervalMs: true,
  browserClose: true,
  unboundIdleTimeoutMs: true,
  allowShortWarning: true,
  allowShortAbsoluteTimeout: true,
};

/** The least value of each duration, ms. */
const LEAST = {
  idleTimeoutMs: 1,
  absoluteTimeoutMs: 1,
  warnBeforeMs: 0,
  absoluteWarnBeforeMs: 0,
  touchIntervalMs: 0,
  unboundIdleTimeoutMs: 1,
} as const satisfies Record<DurationField, number>;

const RELATIONS = {
  'must be under': (a: number, b: number) => a < b,
  'must not be over': (a: number, b: number) => a <= b,
  'must not be under': (a: number, b: number) => a >= b,
  'must not be over a quarter of': (a: number, b: number) => a <= b * MAX_TOUCH_INTERVAL_FRACTION,
};

/** What one duration must be to another, where the policy has both. */
const RULES: readonly (readonly [DurationField, keyof typeof RELATIONS, DurationField])[] = [
  ['absoluteTimeoutMs', 'must not be under', 'idleTimeoutMs'],
  ['warnBeforeMs', 'must be under', 'idleTimeoutMs'],
  ['absoluteWarnBeforeMs', 'must be under', 'absoluteTimeoutMs'],
  ['touchIntervalMs', 'must not be over a quarter of', 'idleTimeoutMs'],
  ['unboundIdleTimeoutMs', 'must not be over', 'idleTimeoutMs'],
  // Bound and unbound sessions warn and coalesce alike, so the shorter idle timeout has to leave room for both.
  ['warnBeforeMs', 'must be under', 'unboundIdleTimeoutMs'],
  ['touchIntervalMs', 'must not be over a quarter of', 'unboundIdleTimeoutMs'],
];

/** How a caller spells a field of the policy, for the message about it. */
export type FieldSpelling = (field: keyof PolicyInput) => string;

/**
 * Fills in the defaults, and rejects a policy that breaks a rule.
 *
 * @param spelling for callers whose own fields have other names. @default the names of {@link PolicyInput}
 * @throws SessionError `ERR_POLICY_INVALID`, whose detail names the field and the rule
 */
export function definePolicy(input: PolicyInput = {}, spelling: FieldSpelling = (field) => field): Policy {
  const unknown = Object.keys(input).find((field) => !Object.hasOwn(KNOWN, field));
  if (unknown !== undefined) reject(`${unknown} is no field of a policy`);
  const policy = withDefaults(input);
  checkValues(policy, spelling);
  checkRules(policy, spelling);
  checkAccessibility(policy, input, spelling);
  checkStandard(policy, spelling);
  return policy;
}

function withDefaults(input: PolicyInput): Policy {
  const idleTimeoutMs = input.idleTimeoutMs ?? 15 * MINUTE;
  const { absoluteTimeoutMs = 12 * HOUR, unboundIdleTimeoutMs } = input;
  return {
    name: input.name ?? 'default',
    idleTimeoutMs,
    absoluteTimeoutMs,
    warnBeforeMs: input.warnBeforeMs ?? Math.min(2 * MINUTE, Math.floor(idleTimeoutMs / 2)),
    absoluteWarnBeforeMs: input.absoluteWarnBeforeMs ?? usualAbsoluteWarning(absoluteTimeoutMs),
    touchIntervalMs: input.touchIntervalMs ?? Math.min(MINUTE, Math.floor(idleTimeoutMs / 10)),
    browserClose: input.browserClose ?? 'cookie',
    ...(unboundIdleTimeoutMs !== undefined && { unboundIdleTimeoutMs }),
  };
}

/**
 * How long before an absolute limit the user is told of it, where nobody has said otherwise, ms: time enough to save work
 * (NHS e-Referral gives as much), and little of a short session.
 */
export function usualAbsoluteWarning(absoluteTimeoutMs: number): number {
  return Math.min(10 * MINUTE, Math.floor(absoluteTimeoutMs / 10));
}

function checkValues(policy: Policy, spelling: FieldSpelling): void {
  for (const [field, least] of entries(LEAST)) {
    const value = policy[field];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < least || value > MAX_DURATION_MS) {
      reject(
        `${spelling(field)} must be a whole number of milliseconds from ${least} to ${MAX_DURATION_MS}, not ${String(value)}`,
      );
    }
  }
  // A caller without types may give what only looks like one.
  if (typeof policy.name !== 'string' || !/^[\w.:-]{1,64}$/.test(policy.name)) {
    reject(`${spelling('name')} must be 1 to 64 letters, digits, or one of _ . : -`);
  }
  if (!BROWSER_CLOSE.includes(policy.browserClose)) {
    reject(`${spelling('browserClose')} must be one of ${BROWSER_CLOSE.join(', ')}`);
  }
}

function checkRules(policy: Policy, spelling: FieldSpelling): void {
  if (policy.browserClose === 'cookie' && policy.unboundIdleTimeoutMs !== undefined) {
    const [field, mode] = [spelling('unboundIdleTimeoutMs'), spelling('browserClose')];
    reject(`${field} needs ${mode} 'run' or 'last-page': no other session is ever bound`);
  }
  for (const [field, relation, other] of RULES) {
    const [a, b] = [policy[field], policy[other]];
    if (a === undefined || b === undefined || RELATIONS[relation](a, b)) continue;
    reject(`${spelling(field)} (${a} ms) ${relation} ${spelling(other)} (${b} ms)`);
  }
}

/** The rules of WCAG 2.2 SC 2.2.1, each of which has an opt-out that names it. */
function checkAccessibility(policy: Policy, input: PolicyInput, spelling: FieldSpelling): void {
  const { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs } = policy;
  if (warnBeforeMs < MIN_WARN_BEFORE_MS && !input.allowShortWarning) {
    reject(
      `${spelling('warnBeforeMs')} (${warnBeforeMs} ms) must be at least ${MIN_WARN_BEFORE_MS} ms (WCAG 2.2 SC 2.2.1), unless ${spelling('allowShortWarning')} is set`,
    );
  }
  if (absoluteTimeoutMs < MIN_IDLE_TIMEOUTS_IN_ABSOLUTE * idleTimeoutMs && !input.allowShortAbsoluteTimeout) {
    reject(
      `${spelling('absoluteTimeoutMs')} (${absoluteTimeoutMs} ms) must be at least ${MIN_IDLE_TIMEOUTS_IN_ABSOLUTE} × ${spelling('idleTimeoutMs')} (${idleTimeoutMs} ms), so that a user can extend ten times (WCAG 2.2 SC 2.2.1), unless ${spelling('allowShortAbsoluteTimeout')} is set`,
    );
  }
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

/** The standards that {@link PRESETS} has a policy for. */
export type PresetName = keyof typeof PRESETS;

/** What a standard bounds of a policy. */
interface Standard {
  readonly clause: string;
  /** Of inactivity, the lateness of a coalesced touch included, ms. */
  readonly inactivityMs: number;
  /** Of the age of a session, ms. Left out: the standard sets none. */
  readonly overallMs?: number;
}

const STANDARDS: Readonly<Record<PresetName, Standard>> = {
  'pci-dss': { clause: 'PCI DSS 4.0.1, 8.2.8', inactivityMs: 15 * MINUTE },
  'nist-aal2': { clause: 'NIST SP 800-63B-4, AAL2', inactivityMs: HOUR, overallMs: 24 * HOUR },
  'nist-aal3': { clause: 'NIST SP 800-63B-4, AAL3', inactivityMs: 15 * MINUTE, overallMs: 12 * HOUR },
};

/**
 * A policy that has the name of a standard keeps its limits: sessions and events carry the name. Unbound sessions do so as
 * well, since their idle timeout is not over that of the others.
 */
function checkStandard(policy: Policy, spelling: FieldSpelling): void {
  const { name, idleTimeoutMs, touchIntervalMs, absoluteTimeoutMs } = policy;
  if (!isPresetName(name)) return;
  const { clause, inactivityMs, overallMs = Number.POSITIVE_INFINITY } = STANDARDS[name];
  const [idle, touch, absolute] = [
    spelling('idleTimeoutMs'),
    spelling('touchIntervalMs'),
    spelling('absoluteTimeoutMs'),
  ];
  const otherName = `a policy that is called ${name}; without the preset, it may be`;
  if (idleTimeoutMs + touchIntervalMs > inactivityMs) {
    reject(
      `${idle} + ${touch} (${idleTimeoutMs} + ${touchIntervalMs} ms) must not be over ${inactivityMs} ms (${clause}) in ${otherName}`,
    );
  }
  if (absoluteTimeoutMs > overallMs) {
    reject(
      `${absolute} (${absoluteTimeoutMs} ms) must not be over ${overallMs} ms (${clause}) in ${otherName}`,
    );
  }
}

function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

/** The entries of an object whose type has no more keys than it has. */
function entries<Key extends string, Value>(of: Readonly<Record<Key, Value>>): [Key, Value][] {
  // Object.entries has plain strings for keys, since an object may have more of them than its type.
  return Object.entries(of) as [Key, Value][];
}

function reject(detail: string): never {
  throw new SessionError('ERR_POLICY_INVALID', { detail });
}
