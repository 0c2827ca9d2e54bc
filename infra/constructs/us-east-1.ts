import { Aws, CfnRule, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Where CloudFront has its logs and its web ACLs, wherever the distribution's stack is. */
export const EDGE_REGION = 'us-east-1';

/** What has to be in that region, for a message. */
export interface EdgeNeed {
  /** The prop that asks for it. */
  readonly prop: string;
  /** What the region is for, up to its name: `the logs of CloudFront are delivered from`. */
  readonly fact: string;
  /** What to do in a stack of another region. */
  readonly remedy: string;
}

/**
 * Demands that the stack is in us-east-1. Of one that does not say where it is, CloudFormation demands it, before anything is made.
 *
 * @throws Error where the stack says that it is elsewhere, with what to do
 */
export function requireEdgeRegion(scope: Construct, { prop, fact, remedy }: EdgeNeed): void {
  const { region, stackName } = Stack.of(scope);
  if (!Token.isUnresolved(region)) {
    if (region === EDGE_REGION) return;
    throw new Error(`${prop}: ${fact} ${EDGE_REGION}, and stack ${stackName} is in ${region}; ${remedy}`);
  }
  new CfnRule(scope, 'Region').addAssertion(
    Fn.conditionEquals(Aws.REGION, EDGE_REGION),
    `${prop}: ${fact} ${EDGE_REGION}: deploy this stack there, or leave ${prop} out`,
  );
}
