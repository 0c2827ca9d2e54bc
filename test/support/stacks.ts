import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite, type StaticSiteProps } from '../../infra/constructs/static-site.ts';
import type { FixtureBuild } from './bundles.ts';

/** An empty stack, whose assembly is written into the build's folder and removed with it. */
export function newStack(
  { root }: FixtureBuild,
  id = 'Test',
  region?: string,
  stackName: string = id,
): Stack {
  const app = new App({ outdir: mkdtempSync(path.join(root, 'assembly-')) });
  return new Stack(app, id, { stackName, ...(region !== undefined && { env: { region } }) });
}

/** A service in a stack of its own. */
export function synthesize(
  props: SessionServiceProps,
  build: FixtureBuild,
): { template: Template; service: SessionService } {
  const stack = newStack(build);
  const service = new SessionService(stack, 'Sessions', { bundles: build.bundles, ...props });
  return { template: Template.fromStack(stack), service };
}

/** A service and the site in front of it. */
export function synthesizeSite(
  props: SessionServiceProps,
  build: FixtureBuild,
  site: Partial<StaticSiteProps> = {},
): Template {
  const stack = newStack(build);
  const sessions = new SessionService(stack, 'Sessions', { bundles: build.bundles, ...props });
  new StaticSite(stack, 'Site', { source: build.site, sessions, ...site });
  return Template.fromStack(stack);
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
