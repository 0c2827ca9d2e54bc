import { App, CfnOutput, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Identity, SessionService } from 'curfew/construct';
import { Notes } from '../../examples/demo/notes.ts';

/** The stack that is deployed to the emulator: the service, the demo's own API, and a queue that gets every event. */
const { ISSUER, SITE_URL, IDLE_MS, BUNDLES, NOTES_BUNDLE, STACK_NAME } = process.env as Record<
  string,
  string
>;
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
const heard = new Queue(stack, 'Heard');
sessions.onSessionStarted('Started', new SqsQueue(heard));
sessions.onSessionEnded('Ended', new SqsQueue(heard));
new CfnOutput(stack, 'ApiId', { value: sessions.httpApi.apiId });
new CfnOutput(stack, 'TableName', { value: sessions.table.tableName });
new CfnOutput(stack, 'BusName', { value: sessions.bus.eventBusName });
new CfnOutput(stack, 'ServiceName', { value: sessions.serviceName });
new CfnOutput(stack, 'HeardUrl', { value: heard.queueUrl });
const secret = sessions.node.findChild('ServiceSecret') as Secret;
new CfnOutput(stack, 'ServiceSecretArn', { value: secret.secretArn });
app.synth();
