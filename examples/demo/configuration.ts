import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Policy, type PolicyProps } from 'curfew/construct';

/** What the demo is configured with, all of it from CDK context: `cdk.json`, or `-c curfew:<key>=<value>`. */
export interface Configuration {
  /** `local` is the stage of the local runtime; any other is a deployment of that name. */
  readonly stage: string;
  /** Name of the event bus. @default derived from the stack */
  readonly busName: string | undefined;
  /** Name of the service in metrics, events and logs. @default derived from the stack */
  readonly serviceName: string | undefined;
  /** What becomes of what the stack keeps. @default RETAIN in production, DESTROY in any other stage */
  readonly removalPolicy: RemovalPolicy;
  /** Whether table and user pool refuse to be deleted. @default what goes with the removal policy */
  readonly deletionProtection: boolean | undefined;
  /** ARN of a key of KMS. @default keys that AWS owns */
  readonly encryptionKey: string | undefined;
  readonly policy: PolicyProps;
  readonly sweepInterval: Duration | undefined;
  readonly siteUrl: string | undefined;
  /** Numbers of the origin secrets, the one that is sent first. @default one */
  readonly originSecretNumbers: readonly number[] | undefined;
  /** Whether the stack passes cdk-nag's packs for PCI DSS, HIPAA and NIST SP 800-53. */
  readonly rulePacks: boolean;
  /** ARNs of the SNS topics that alarms notify. */
  readonly alarmTopics: readonly string[];
  /** Host name of the site, and the ARN of its certificate in us-east-1. */
  readonly domain: { readonly name: string; readonly certificate: string } | undefined;
  /** ARN of a web ACL of scope CLOUDFRONT. */
  readonly webAcl: string | undefined;
  /** Name of the bucket for the distribution's log. */
  readonly logBucket: string | undefined;
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
  const stage = checked('stage', text('stage') ?? 'production', STAGE, '1 to 100 letters, digits or hyphens');
  return {
    stage,
    busName: text('busName'),
    // The construct checks it.
    serviceName: text('serviceName'),
    removalPolicy: oneOf(
      'removalPolicy',
      text('removalPolicy') ?? (stage === 'production' ? 'retain' : 'destroy'),
      REMOVAL_POLICIES,
    ),
    deletionProtection: optionalOneOf('deletionProtection', text('deletionProtection'), BOOLEANS),
    encryptionKey: optional('encryptionKey', text('encryptionKey'), KMS_KEY, 'the ARN of a key of KMS'),
    policy,
    sweepInterval: duration('sweepInterval', text('sweepEvery')).sweepInterval,
    siteUrl: text('siteUrl'),
    originSecretNumbers: text('originSecretNumbers')?.split(',').map(Number),
    rulePacks: oneOf('rulePacks', text('rulePacks') ?? 'false', BOOLEANS),
    alarmTopics:
      text('alarmTopics')
        ?.split(',')
        .map((arn) => checked('alarmTopics', arn, SNS_TOPIC, 'the ARN of an SNS topic')) ?? [],
    domain: domainFrom(text('domain'), text('certificate')),
    webAcl: optional(
      'webAcl',
      text('webAcl'),
      WEB_ACL,
      'the ARN of a web ACL of scope CLOUDFRONT, in us-east-1',
    ),
    logBucket: optional('logBucket', text('logBucket'), BUCKET, 'the name of a bucket'),
    issuer: text('issuer'),
    clientId: text('clientId'),
    clientSecret: text('clientSecret'),
    bundles: text('bundles'),
    api: text('api') ?? path.join(BUILT, 'api'),
    site: text('site') ?? path.join(BUILT, 'site'),
  };
}

const REMOVAL_POLICIES: Readonly<Record<string, RemovalPolicy>> = {
  retain: RemovalPolicy.RETAIN,
  'retain-on-update-or-delete': RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  destroy: RemovalPolicy.DESTROY,
};
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };
const KMS_KEY = /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/;
const SNS_TOPIC = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/;
const WEB_ACL = /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[^/]+\/[\w-]+$/;
/** CloudFront takes a certificate of no other region. */
const CERTIFICATE = /^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;
const HOST_NAME = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** It is a part of the stack's name. */
const STAGE = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;

function checked(key: string, value: string, form: RegExp, what: string): string {
  if (form.test(value)) return value;
  throw new Error(`curfew:${key} must be ${what}, not '${value}'`);
}

function optional(key: string, value: string | undefined, form: RegExp, what: string): string | undefined {
  return value === undefined ? undefined : checked(key, value, form, what);
}

function oneOf<T>(key: string, value: string, values: Readonly<Record<string, T>>): T {
  const found = Object.entries(values).find(([name]) => name === value);
  if (found) return found[1];
  throw new Error(`curfew:${key} must be one of ${Object.keys(values).join(', ')}, not '${value}'`);
}

function optionalOneOf<T>(
  key: string,
  value: string | undefined,
  values: Readonly<Record<string, T>>,
): T | undefined {
  return value === undefined ? undefined : oneOf(key, value, values);
}

function domainFrom(name: string | undefined, certificate: string | undefined): Configuration['domain'] {
  if (name === undefined && certificate === undefined) return undefined;
  if (name === undefined || certificate === undefined) {
    throw new Error('curfew:domain and curfew:certificate go together');
  }
  return {
    name: checked('domain', name, HOST_NAME, 'a host name like app.example.com'),
    certificate: checked(
      'certificate',
      certificate,
      CERTIFICATE,
      'the ARN of a certificate of ACM in us-east-1',
    ),
  };
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
