import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';

/** A service in a stack of its own. */
export function synthesize(
  props: SessionServiceProps,
  bundles: string,
): { template: Template; service: SessionService } {
  const stack = new Stack(new App(), 'Test');
  const service = new SessionService(stack, 'Sessions', { bundles, ...props });
  return { template: Template.fromStack(stack), service };
}

/** Properties of the resources of a type, by logical id. */
// biome-ignore lint/suspicious/noExplicitAny: templates are data
export function properties(template: Template, type: string): Record<string, any> {
  return Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, resource]) => [id, resource.Properties]),
  );
}

/** The statements of the roles' policies, by what part of the logical id names the function. */
export function statements(
  template: Template,
  functionName: string,
  role = 'Role',
): { Action: string | string[]; Resource: unknown }[] {
  return Object.entries(properties(template, 'AWS::IAM::Policy'))
    .filter(([id]) => id.includes(`${functionName}${role}DefaultPolicy`))
    .flatMap(([, policy]) => policy.PolicyDocument.Statement);
}
