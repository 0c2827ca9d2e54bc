import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The packs of cdk-nag that `rulePacks` prepares a service for, as they begin the ids of their rules. */
const PACKS = ['PCI.DSS.321', 'HIPAA.Security', 'NIST.800.53.R5'] as const;

/** Rules that a service does not follow, with the reason. A rule that is in one pack only is looked for by no other. */
const OF_SERVICE: Readonly<Record<string, string>> = {
  IAMNoInlinePolicy:
    'Each policy is of one role, is written for it, and goes with it: nobody else can attach it',
  LambdaInsideVPC:
    'The functions call AWS and the identity provider by TLS, with permissions of their own, and nothing in a network of the owner’s',
  LambdaConcurrency:
    'A reservation is taken from the account’s quota and fails where that is what an account starts with; API Gateway throttles requests, and sweepReservedConcurrency reserves for the sweep',
  LambdaDLQ:
    'Requests are answered at once, the publisher has a failure queue, and the next tick of the schedule is the sweep’s retry',
  SecretsManagerRotationEnabled:
    'Nobody knows it. A new version may be put at any time: when is the owner’s decision',
};

const OF_SITE: Readonly<Record<string, string>> = {
  SecretsManagerRotationEnabled:
    'Distribution and functions take it at deployment: rotated alone, it would shut the site out',
  WAFv2LoggingEnabled:
    'Its one rule counts requests: metrics say what it has blocked, and logBucket has each request of a viewer',
  S3BucketLoggingEnabled: 'Only the distribution reads the bucket: logBucket has each request of a viewer',
  S3BucketReplicationEnabled: 'It holds the published site, which a deployment makes anew',
  S3BucketVersioningEnabled: 'It holds the published site, whose versions are where it is built',
  S3DefaultEncryptionKMS: 'It holds the published site, which anyone may read through the distribution',
};

/** Functions that the CDK itself puts into the stack: their code, role and settings are its own. */
const OF_CDK = ['IAMNoInlinePolicy', 'LambdaInsideVPC', 'LambdaConcurrency', 'LambdaDLQ'];

/** Gives the reason for each rule of the packs that a service does not follow. */
export function acknowledgeService(service: IConstruct): void {
  acknowledge(service, OF_SERVICE);
}

/** Gives the reason for each rule of the packs that a site does not follow. */
export function acknowledgeSite(site: IConstruct): void {
  acknowledge(site, OF_SITE);
}

/** The same for a function that the CDK itself made. */
export function acknowledgeProvider(provider: IConstruct, reason: string): void {
  acknowledge(provider, Object.fromEntries(OF_CDK.map((rule) => [rule, reason])));
}

function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const rules = Object.entries(reasons);
  Validations.of(construct).acknowledge(
    ...PACKS.flatMap((pack) => rules.map(([rule, reason]) => ({ id: `${pack}-${rule}`, reason }))),
  );
}
