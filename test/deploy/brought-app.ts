import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { OAuthScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Identity, SessionService, SessionTable } from 'curfew/construct';
import { Notes } from '../../examples/demo/notes.ts';

/** A stack that has a user pool, an API, a bus, a table and a log group, and a service that takes them all. */
const { STACK_NAME, BUNDLES, NOTES_BUNDLE, SITE_URL, ISSUER } = process.env as Record<string, string>;
const removalPolicy = RemovalPolicy.DESTROY;
const app = new App();
const stack = new Stack(app, STACK_NAME!);
const pool = new UserPool(stack, 'Users', { removalPolicy });
const client = pool.addClient('Client', {
  oAuth: { scopes: [OAuthScope.OPENID], callbackUrls: [`${SITE_URL}/api/auth/callback`] },
});
const logGroup = new LogGroup(stack, 'Logs', { removalPolicy });
const sessions = new SessionService(stack, 'Sessions', {
  siteUrl: SITE_URL!,
  bundles: BUNDLES!,
  alarms: false,
  removalPolicy,
  sweepInterval: Duration.seconds(10),
  identity: Identity.userPool(pool, client, {
    loginUrl: 'https://login.example.com',
  }),
  httpApi: new HttpApi(stack, 'Api'),
  // The CDK's own types do not agree under exactOptionalPropertyTypes.
  eventBus: new EventBus(stack, 'Bus') as IEventBus,
  table: new SessionTable(stack, 'Data', { removalPolicy }).table,
  logGroup,
});
new Notes(stack, 'Notes', { sessions, code: NOTES_BUNDLE!, removalPolicy });
const heard = new Queue(stack, 'Heard');
sessions.onSessionEnded('Ended', new SqsQueue(heard));
// The emulator's pools have no address. Users sign in at a provider on this machine.
for (const one of stack.node.findAll()) {
  if (!(one instanceof CfnFunction) || !/\/Sessions\/(?:Auth|Session)\//.test(one.node.path)) continue;
  one.addPropertyOverride('Environment.Variables.OIDC_ISSUER', ISSUER);
  one.addPropertyOverride('Environment.Variables.OIDC_CLIENT_ID', 'curfew-local');
}
new CfnOutput(stack, 'ApiId', { value: sessions.api.apiId });
new CfnOutput(stack, 'HeardUrl', { value: heard.queueUrl });
new CfnOutput(stack, 'LogGroupName', { value: logGroup.logGroupName });
app.synth();
