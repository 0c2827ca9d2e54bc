import { App, CfnOutput, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Identity, SessionService, StaticSite } from 'curfew/construct';
import { Notes } from '../../examples/demo/notes.ts';
import { leadToThisMachine } from './reachable.ts';

/** The stack that is deployed to the emulator: the service, the demo's own API, the site, and a queue that gets every event. */
const variables = process.env as Record<string, string>;
const { ISSUER, SITE_URL, IDLE_MS, BUNDLES, NOTES_BUNDLE, SITE, STACK_NAME } = variables;
const { COPIER, ENDPOINT, ORIGIN_PORT } = variables;
const removalPolicy = RemovalPolicy.DESTROY;
const app = new App();
const stack = new Stack(app, STACK_NAME!);
const sessions = new SessionService(stack, 'Sessions', {
  // Known at deployment only, as far as the construct can tell: it rejects an issuer on this machine, rightly so.
  identity: Identity.oidc({ issuer: Lazy.string({ produce: () => ISSUER }), clientId: 'curfew-local' }),
  siteUrl: SITE_URL!,
  idleTimeout: Duration.millis(Number(IDLE_MS)),
  warnBefore: Duration.millis(Number(IDLE_MS) / 2),
  absoluteTimeout: Duration.hours(12),
  allowShortWarning: true,
  bundles: BUNDLES!,
  // The CDK's own types do not agree under exactOptionalPropertyTypes.
  encryptionKey: new Key(stack, 'Key', { removalPolicy }) as IKey,
  removalPolicy,
});
new Notes(stack, 'Notes', { sessions, code: NOTES_BUNDLE!, removalPolicy });
// The emulator knows no alarm on metric math, nor what refers to one.
const { observability } = sessions;
const ofMath = observability?.alarms.filter(({ metric }) => metric.toMetricConfig().mathExpression) ?? [];
for (const id of [...ofMath.map(({ node }) => node.id), 'Unhealthy', 'Dashboard']) {
  observability?.node.tryRemoveChild(id);
}
const site = new StaticSite(stack, 'Site', { sessions, source: SITE!, removalPolicy });
reachable(site);
copying();
// What empties the bucket before it is deleted asks a module of Lambda's own runtime, and answers by TLS alone.
site.bucket.node.tryRemoveChild('AutoDeleteObjectsCustomResource');
const heard = new Queue(stack, 'Heard');
sessions.onSessionStarted('Started', new SqsQueue(heard));
sessions.onSessionEnded('Ended', new SqsQueue(heard));
new CfnOutput(stack, 'ApiId', { value: sessions.httpApi.apiId });
new CfnOutput(stack, 'DistributionName', { value: site.distribution.distributionDomainName });
new CfnOutput(stack, 'TableName', { value: sessions.table.tableName });
new CfnOutput(stack, 'BusName', { value: sessions.bus.eventBusName });
new CfnOutput(stack, 'ServiceName', { value: sessions.serviceName });
new CfnOutput(stack, 'HeardUrl', { value: heard.queueUrl });
const secret = sessions.node.findChild('ServiceSecret') as Secret;
new CfnOutput(stack, 'ServiceSecretArn', { value: secret.secretArn });
app.synth();

/** To the bucket, the emulator's distribution comes without TLS, which its policy denies. */
function reachable({ distribution, bucket }: StaticSite): void {
  leadToThisMachine(distribution, Number(ORIGIN_PORT));
  const policy = bucket.policy!.node.defaultChild as CfnBucketPolicy;
  const withoutTls = 'PolicyDocument.Statement.0.Condition.Bool.aws:SecureTransport';
  policy.addPropertyOverride(withoutTls, 'neither');
}

/** The CDK's function that copies a site runs the AWS CLI of its layer, which is not where Lambda has layers. */
function copying(): void {
  const { s3BucketName: S3Bucket, s3ObjectKey: S3Key } = new Asset(stack, 'Copier', { path: COPIER! });
  const copier = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
  const resource = copier!.node.defaultChild as CfnFunction;
  resource.addPropertyOverride('Code', { S3Bucket, S3Key });
  resource.addPropertyOverride('Environment.Variables.AWS_ENDPOINT_URL', ENDPOINT);
}
