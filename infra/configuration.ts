import { Duration } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import { parseDuration } from '../core/duration.ts';
import { Policy, type PolicyProps } from './constructs/session-policy.ts';

/** What the app is configured with, all of it from CDK context: `cdk.json`, or `-c key=value`. */
export interface Configuration {
  /** `local` is the local runtime's; any other is a deployment of that name. */
  readonly stage: string;
  readonly policy: PolicyProps;
  readonly sweepInterval: Duration | undefined;
  readonly siteUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  /** Name of the secret in Secrets Manager whose string is the client secret. */
  readonly clientSecret: string | undefined;
  /** Folders of what is deployed. */
  readonly bundles: string | undefined;
  readonly site: string;
}

/** @throws Error naming the context key that can't be read */
export function readConfiguration(node: Node): Configuration {
  const text = (key: string): string | undefined => {
    const value: unknown = node.tryGetContext(`curfew:${key}`);
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
    // Checked with the rest of the policy.
    ...(browserClose !== undefined && { browserClose: browserClose as 'cookie' }),
    allowShortWarning: text('allowShortWarning') === 'true',
    allowShortAbsoluteTimeout: text('allowShortAbsoluteTimeout') === 'true',
  };
  return {
    stage: text('stage') ?? 'production',
    policy,
    sweepInterval: duration('sweepInterval', text('sweepEvery')).sweepInterval,
    siteUrl: text('siteUrl'),
    issuer: text('issuer'),
    clientId: text('clientId'),
    clientSecret: text('clientSecret'),
    bundles: text('bundles'),
    site: text('site') ?? 'dist/site',
  };
}

function duration(prop: string, value: string | undefined): Record<string, Duration> {
  if (value === undefined) return {};
  const ms = parseDuration(value);
  if (ms === undefined) throw new Error(`${prop} must be a duration like 90s, 15m or 12h, not '${value}'`);
  return { [prop]: Duration.millis(ms) };
}
