import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { parseDuration } from '../../core/duration.ts';
import { type BoundIdentity, Identity } from '../../infra/constructs/identity.ts';
import { SessionService } from '../../infra/constructs/session-service.ts';

/** A provider on this machine, which `Identity.oidc` would refuse, and rightly so. */
class LoopbackIdentity extends Identity {
  private readonly issuer: string;

  constructor(issuer: string) {
    super();
    this.issuer = issuer;
  }

  override bind(): BoundIdentity {
    return { environment: { OIDC_ISSUER: this.issuer, OIDC_CLIENT_ID: 'curfew-local' } };
  }
}

const { ISSUER, SITE_URL, IDLE, BUNDLES } = process.env;
const app = new App();
const stack = new Stack(app, 'CurfewEmulator');
const idleMs = parseDuration(IDLE!)!;
const sessions = new SessionService(stack, 'Sessions', {
  identity: new LoopbackIdentity(ISSUER!),
  siteUrl: SITE_URL!,
  idleTimeout: Duration.millis(idleMs),
  warnBefore: Duration.millis(idleMs / 2),
  absoluteTimeout: Duration.hours(12),
  allowShortWarning: true,
  bundles: BUNDLES!,
  removalPolicy: RemovalPolicy.DESTROY,
});
// The emulator knows no alarm on metric math.
sessions.node.findChild('Observability').node.tryRemoveChild('Throttled');
const heard = new Queue(stack, 'Heard');
sessions.onSessionStarted('Started', new SqsQueue(heard));
sessions.onSessionEnded('Ended', new SqsQueue(heard));
new CfnOutput(stack, 'ApiId', { value: sessions.httpApi.apiId });
new CfnOutput(stack, 'TableName', { value: sessions.table.tableName });
new CfnOutput(stack, 'HeardUrl', { value: heard.queueUrl });
app.synth();
