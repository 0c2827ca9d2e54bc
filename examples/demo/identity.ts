import { CfnParameter, Lazy } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Identity } from 'curfew/construct';
import type { Configuration } from './configuration.ts';

/** The provider that the configuration names; without one, a Cognito user pool of the service's own. */
export function identityFrom(scope: Construct, configuration: Configuration): Identity {
  const { stage, issuer, clientId, clientSecret } = configuration;
  if (stage === 'local' && issuer === undefined) return localIdentity(scope);
  if (issuer === undefined && clientId === undefined) return Identity.cognito();
  if (issuer === undefined || clientId === undefined) {
    throw new Error('identity: curfew:issuer and curfew:clientId go together');
  }
  return Identity.oidc({
    // One on this machine has no https, which a deployed service asks for.
    issuer: stage === 'local' ? Lazy.string({ produce: () => issuer }) : issuer,
    clientId,
    ...(clientSecret !== undefined && { clientSecret: secretOf(scope, clientSecret, stage) }),
  });
}

/** The local runtime has the secrets that are in the template, and no others. */
function secretOf(scope: Construct, secretName: string, stage: string): ISecret {
  return stage === 'local'
    ? new Secret(scope, 'ClientSecret', { secretName })
    : Secret.fromSecretNameV2(scope, 'ClientSecret', secretName);
}

/**
 * The provider of the local runtime, whose user is `demo` with the password `demo`. Its address is a parameter of the
 * template that accepts no provider but one on this machine, and no stage but `local` has the parameter: everybody
 * knows the password.
 */
function localIdentity(scope: Construct): Identity {
  const issuer = new CfnParameter(scope, 'DemoIssuer', {
    type: 'String',
    allowedPattern: '^http://127\\.0\\.0\\.1:\\d+$',
    constraintDescription: 'the demo identity provider runs on this machine',
  });
  return Identity.oidc({ issuer: issuer.valueAsString, clientId: 'curfew-local' });
}
