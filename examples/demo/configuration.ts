import path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Policy, type PolicyProps } from 'curfew/construct';

/** What the demo is configured with, all of it from CDK context: `cdk.json`, or `-c curfew:<key>=<value>`. */
export interface Configuration {
  /** `local` is the stage of the local runtime; any other is a deployment of that name. */
  readonly stage: string;
  /** Name of the event bus. @default derived from the stack */
  readonly busName: string | undefined;
  readonly policy: PolicyProps;
  readonly sweepInterval: Duration | undefined;
  readonly siteUrl: string | undefined;
  /** Numbers of the origin secrets, the one that is sent first. @default one */
  readonly originSecretNumbers: readonly number[] | undefined;
  /** Whether the stack passes cdk-nag's packs for PCI DSS and HIPAA. */
  readonly rulePacks: boolean;
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  /** Name of the secret in Secrets Manager whose string is the client secret. */
  readonly clientSecret: string | undefined;
  /** Folder of the service's functions. @default those of the package */
  readonly bundles: string | undefined;
  /** Folder of the built notes function. @default what build.ts makes */
  readonly api: string;
  /** Folder of the built site. @default what build.ts makes */
  readonly site: string;
}

const BUILT = path.join(import.meta.dirname, 'dist');

/** @throws Error naming the context key that can't be read */
export function readConfiguration(context: (key: string) => unknown): Configuration {
  const text = (key: string): string | undefined => {
    const value = context(`curfew:${key}`);
    return value === undefined || value === null ? undefined : String(value);
  };
  const preset = text('policy');
  const browserClose = text('browserClose');
  const policy = {
    ...(preset !== undefined && { policy: Policy.preset(preset) }),
    ...duration('idleTimeout', text('idle')),
    ...duration('absoluteTimeout', text('absolute')),
    ...duration('warnBefore', text('warn')),
    ...duration('touchInterval', text('touchInterval')),
    // The construct checks it with the rest of the policy.
    ...(browserClose !== undefined && { browserClose: browserClose as PolicyProps['browserClose'] }),
    allowShortWarning: text('allowShortWarning') === 'true',
    allowShortAbsoluteTimeout: text('allowShortAbsoluteTimeout') === 'true',
  };
  return {
    stage: stageFrom(text('stage') ?? 'production'),
    busName: text('busName'),
    policy,
    sweepInterval: duration('sweepInterval', text('sweepEvery')).sweepInterval,
    siteUrl: text('siteUrl'),
    originSecretNumbers: text('originSecretNumbers')?.split(',').map(Number),
    rulePacks: text('rulePacks') === 'true',
    issuer: text('issuer'),
    clientId: text('clientId'),
    clientSecret: text('clientSecret'),
    bundles: text('bundles'),
    api: text('api') ?? path.join(BUILT, 'api'),
    site: text('site') ?? path.join(BUILT, 'site'),
  };
}

/** It is a part of the stack's name. */
function stageFrom(stage: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(stage)) return stage;
  throw new Error(`curfew:stage must have 1 to 100 letters, digits or hyphens, not '${stage}'`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** One prop, from a whole number and a unit: `90s`, `15m`, `12h`. */
function duration(prop: string, value: string | undefined): Record<string, Duration> {
  if (value === undefined) return {};
  const [, count, unit = ''] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(value) ?? [];
  const unitMs = UNITS[unit];
  if (unitMs === undefined) {
    throw new Error(`${prop} must be a duration like 90s, 15m or 12h, not '${value}'`);
  }
  return { [prop]: Duration.millis(Number(count) * unitMs) };
}
