import type { Duration } from 'aws-cdk-lib';
import { definePolicy, type Policy as PolicyValue, PRESETS, type PresetName } from '../../core/policy.ts';

/** The rules of sessions, as props of a construct. A prop that is left out has the default of `core/policy`. */
export interface PolicyProps {
  /**
   * A set of rules that keeps within a standard's numbers. The other props override it one by one, within the limits of
   * the standard: one that exceeds them is rejected.
   *
   * @default none: 15 minutes idle, 12 hours overall
   */
  readonly policy?: Policy | undefined;
  /** Inactivity after which a session ends. @default Duration.minutes(15) */
  readonly idleTimeout?: Duration | undefined;
  /** Age at which a session ends, active or not; at least ten idle timeouts. @default Duration.hours(12) */
  readonly absoluteTimeout?: Duration | undefined;
  /** How long before the end the user is warned, at least 20 s. @default the lesser of 2 minutes and half of idleTimeout */
  readonly warnBefore?: Duration | undefined;
  /**
   * How long before the absolute limit the user is told to save their work: it can't be extended. Under absoluteTimeout.
   *
   * @default the lesser of 10 minutes and a tenth of absoluteTimeout
   */
  readonly absoluteWarnBefore?: Duration | undefined;
  /**
   * Guarded requests write at most once in this much activity time, and a session may end late by as much; at
   * most a quarter of idleTimeout.
   *
   * @default the lesser of 60 seconds and a tenth of idleTimeout
   */
  readonly touchInterval?: Duration | undefined;
  /**
   * How the closing of the browser ends a session: `cookie`, `run` or `last-page`.
   *
   * @default 'cookie'
   */
  readonly browserClose?: PolicyValue['browserClose'] | undefined;
  /**
   * Inactivity after which a session ends whose binding to a run of the browser is not confirmed, such as that of a
   * browser without the binding's script. Above warnBefore, at least four times touchInterval, at most idleTimeout; only
   * with browserClose `run` or `last-page`.
   *
   * @default idleTimeout: the same for every session
   */
  readonly unboundIdleTimeout?: Duration | undefined;
  /** Accepts a warning under 20 s, which fails WCAG 2.2.1. @default false */
  readonly allowShortWarning?: boolean | undefined;
  /** Accepts an absolute limit under ten idle timeouts, which fails WCAG 2.2.1. @default false */
  readonly allowShortAbsoluteTimeout?: boolean | undefined;
}

/** Presets, each named after the standard whose limits it keeps. */
export class Policy {
  /** Name of the preset, which each session keeps as the name of its policy. */
  readonly name: PresetName;

  private constructor(name: PresetName) {
    if (!Object.hasOwn(PRESETS, name)) {
      throw new Error(
        `policy: unknown preset '${name}'; it must be one of ${Object.keys(PRESETS).join(', ')}`,
      );
    }
    this.name = name;
  }

  /** PCI DSS 4.0.1, 8.2.8: 14 minutes idle and 60 s of coalescing stay within its 15 minutes. */
  static pciDss(): Policy {
    return new Policy('pci-dss');
  }

  /** NIST SP 800-63B-4, AAL2: within 1 hour of inactivity and 24 hours overall. */
  static nistAal2(): Policy {
    return new Policy('nist-aal2');
  }

  /** NIST SP 800-63B-4, AAL3: within 15 minutes of inactivity and 12 hours overall. */
  static nistAal3(): Policy {
    return new Policy('nist-aal3');
  }

  /** A preset by its name, for a configuration that is text. @throws Error naming the presets there are */
  static preset(name: string): Policy {
    // The constructor checks that it is one.
    return new Policy(name as PresetName);
  }
}

/**
 * The policy that the props describe.
 *
 * @throws SessionError `ERR_POLICY_INVALID`, naming the prop and the rule that it breaks: synthesis fails
 */
export function policyFrom(props: PolicyProps): PolicyValue {
  const preset = props.policy === undefined ? {} : { name: props.policy.name, ...PRESETS[props.policy.name] };
  const given = {
    idleTimeoutMs: props.idleTimeout?.toMilliseconds(),
    absoluteTimeoutMs: props.absoluteTimeout?.toMilliseconds(),
    warnBeforeMs: props.warnBefore?.toMilliseconds(),
    absoluteWarnBeforeMs: props.absoluteWarnBefore?.toMilliseconds(),
    touchIntervalMs: props.touchInterval?.toMilliseconds(),
    browserClose: props.browserClose,
    unboundIdleTimeoutMs: props.unboundIdleTimeout?.toMilliseconds(),
    allowShortWarning: props.allowShortWarning,
    allowShortAbsoluteTimeout: props.allowShortAbsoluteTimeout,
  };
  const policy = {
    ...preset,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  // The props are Durations: idleTimeout is the policy's idleTimeoutMs.
  return definePolicy(policy, (field) => field.replace(/Ms$/, ''));
}
