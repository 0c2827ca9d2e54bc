import { CfnParameter, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type BoundIdentity, Identity } from './constructs/identity.ts';

/** Set by the local runtime when it synthesizes; no deployment sets it. */
export const STAGE_CONTEXT = 'curfew:stage';

/**
 * The provider of the local runtime, whose user is `demo` with the password `demo`. Its address is a parameter of
 * the template, which takes no other than one on this machine.
 */
export class DemoIdentity extends Identity {
  /** @throws Error outside the local stage: everybody knows the password */
  override bind(scope: Construct): BoundIdentity {
    if (scope.node.tryGetContext(STAGE_CONTEXT) !== 'local') {
      throw new Error(
        'identity: the demo identity is for the local runtime only; use Identity.cognito() or Identity.oidc()',
      );
    }
    const issuer = new CfnParameter(Stack.of(scope), 'DemoIssuer', {
      type: 'String',
      allowedPattern: '^http://127\\.0\\.0\\.1:\\d+$',
      constraintDescription: 'the demo identity provider runs on this machine',
    });
    return { environment: { OIDC_ISSUER: issuer.valueAsString, OIDC_CLIENT_ID: 'curfew-local' } };
  }
}
