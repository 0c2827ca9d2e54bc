import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DISABLE_CREATION_STACK_TRACES } from 'aws-cdk-lib/cx-api';
import { SessionService, type SessionServiceProps } from '../../infra/constructs/session-service.ts';
import { StaticSite, type StaticSiteProps } from '../../infra/constructs/static-site.ts';
import type { FixtureBuild } from './bundles.ts';

/**
 * An app whose assembly is written into the build's folder and removed with it. It leaves out what is in no template and takes
 * three quarters of the time of a synthesis: where each construct was made, their tree, and the CDK's own validation,
 * which the suite of the demo asserts.
 *
 * @param context what the command line of the CDK would hand over
 */
export function newApp(
  { root }: Pick<FixtureBuild, 'root'>,
  context: Readonly<Record<string, unknown>> = {},
): App {
  return new App({
    outdir: mkdtempSync(path.join(root, 'assembly-')),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    stackTraces: false,
    treeMetadata: false,
    postCliContext: { [DISABLE_CREATION_STACK_TRACES]: true, ...context },
  });
}

/** An empty stack. */
export function newStack(build: FixtureBuild, id = 'Test', region?: string, stackName: string = id): Stack {
  return new Stack(newApp(build), id, { stackName, ...(region !== undefined && { env: { region } }) });
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
