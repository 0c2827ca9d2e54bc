import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnManagedLoginBranding } from 'aws-cdk-lib/aws-cognito';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogStream } from 'aws-cdk-lib/aws-logs';
import { SessionService } from 'curfew/construct';

/** A stack that is made to be removed: the service with all that it may keep, and, if asked for, a resource that fails once the rest is there. */
const { STACK_NAME, BUNDLES, REMOVAL_POLICY, FAILS } = process.env;
const app = new App();
const stack = new Stack(app, STACK_NAME!);
const sessions = new SessionService(stack, 'Sessions', {
  siteUrl: 'https://curfew.test',
  bundles: BUNDLES,
  alarms: false,
  // Makes a key.
  rulePacks: true,
  removalPolicy: RemovalPolicy[REMOVAL_POLICY as keyof typeof RemovalPolicy],
});
if (FAILS === 'true') {
  new CfnLogStream(stack, 'Fails', { logGroupName: '/of/a-group-that-is-none' }).node.addDependency(sessions);
}
for (const one of stack.node.findAll()) {
  // The emulator knows neither the branding of a login page nor the address of a pool. Nothing is kept in them.
  if (one instanceof CfnManagedLoginBranding) one.node.scope?.node.tryRemoveChild(one.node.id);
  if (one instanceof CfnFunction && /\/(?:Auth|Session)\//.test(one.node.path)) {
    one.addPropertyOverride('Environment.Variables.OIDC_ISSUER', 'https://id.example');
  }
}
app.synth();
