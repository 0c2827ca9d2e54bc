import { type App, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Construct } from 'constructs';
import { type Configuration, readConfiguration } from '../configuration.ts';
import { Identity } from '../constructs/identity.ts';
import { DemoIdentity } from '../demo-identity.ts';
import { DemoStack } from './demo-stack.ts';

/** The app as its context configures it, with the checks that its synthesis must pass. */
export function buildApp(app: App): DemoStack {
  const configuration = readConfiguration(app.node);
  const stack = buildStack(app, configuration);
  // What runs on this machine is started often, and deployed nowhere.
  if (configuration.stage !== 'local') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return stack;
}

function buildStack(app: App, configuration: Configuration): DemoStack {
  const local = configuration.stage === 'local';
  const id = configuration.stage === 'production' ? 'Curfew' : `Curfew-${configuration.stage}`;
  return new DemoStack(app, id, {
    description: 'Curfew: sessions that end on time, and the site in front of them',
    site: configuration.site,
    siteUrl: local ? 'parameter' : configuration.siteUrl,
    identity: local ? () => new DemoIdentity() : identity(configuration),
    sessions: {
      ...configuration.policy,

      ...(configuration.sweepInterval && { sweepInterval: configuration.sweepInterval }),
      ...(configuration.bundles !== undefined && { bundles: configuration.bundles }),
    },
    ...(configuration.stage !== 'production' && { removalPolicy: RemovalPolicy.DESTROY }),
  });
}

/** The provider that the configuration names; without one, a Cognito pool of its own. */
function identity({ issuer, clientId, clientSecret }: Configuration): (scope: Construct) => Identity {
  if (issuer === undefined && clientId === undefined) return () => Identity.cognito();
  if (issuer === undefined || clientId === undefined) {
    throw new Error('identity: curfew:issuer and curfew:clientId go together');
  }
  return (scope) =>
    Identity.oidc({
      issuer,
      clientId,
      ...(clientSecret !== undefined && {
        clientSecret: Secret.fromSecretNameV2(scope, 'ClientSecret', clientSecret),
      }),
    });
}
