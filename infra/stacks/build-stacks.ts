import { type App, RemovalPolicy } from 'aws-cdk-lib';
import type { Configuration } from '../configuration.ts';
import { Identity } from '../constructs/identity.ts';
import { DemoIdentity } from '../demo-identity.ts';
import { DemoStack } from './demo-stack.ts';

/** The stacks that a configuration asks for. */
export function buildStacks(app: App, configuration: Configuration): DemoStack {
  const local = configuration.stage === 'local';
  const id = configuration.stage === 'production' ? 'Curfew' : `Curfew-${configuration.stage}`;
  return new DemoStack(app, id, {
    description: 'Curfew: sessions that end on time, and the site in front of them',
    site: configuration.site,
    siteUrl: local ? 'parameter' : configuration.siteUrl,
    sessions: {
      ...configuration.policy,
      identity: local ? new DemoIdentity() : identity(configuration),
      ...(configuration.sweepInterval && { sweepInterval: configuration.sweepInterval }),
      ...(configuration.bundles !== undefined && { bundles: configuration.bundles }),
    },
    ...(configuration.stage !== 'production' && { removalPolicy: RemovalPolicy.DESTROY }),
  });
}

function identity({ issuer, clientId }: Configuration): Identity {
  if (issuer === undefined || clientId === undefined) {
    throw new Error('identity: say who users are with -c curfew:issuer=https://… -c curfew:clientId=…');
  }
  return Identity.oidc({ issuer, clientId });
}
