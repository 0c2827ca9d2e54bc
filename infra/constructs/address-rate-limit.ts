import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { BASE_PATH } from '../../core/contract.ts';
import { type ErrorCode, PROBLEMS } from '../../core/errors.ts';
import { requireEdgeRegion } from './us-east-1.ts';

/** How much one address may ask. */
export interface AddressRateLimitProps {
  /**
   * Requests of one address in 5 minutes, files of the site included: 10 to 2,000,000,000. Everybody behind one office's or
   * carrier's connection has the same address, so take the users there times the requests of each.
   */
  readonly requestsPerAddress: number;
}

const CODE = 'ERR_TOO_MANY_REQUESTS' satisfies ErrorCode;

/**
 * A web ACL for distributions whose one rule answers 429 to an address beyond its rate. AWS WAF looks about every 10 s, so that some more
 * come through. The page takes 429 for an outage, and tries again: it signs nobody out. It is of scope CLOUDFRONT, so its stack
 * has to be in us-east-1: for one that does not say where it is, CloudFormation checks it.
 */
export class AddressRateLimit extends Construct {
  /** For `webAclArn` of a StaticSite, or `webAclId` of a distribution. */
  readonly webAclArn: string;

  /** @throws Error where the stack is in another region, or the number is none that WAF takes */
  constructor(scope: Construct, id: string, { requestsPerAddress: limit }: AddressRateLimitProps) {
    super(scope, id);
    if (!Number.isInteger(limit) || limit < 10 || limit > 2_000_000_000) {
      throw new Error(`requestsPerAddress must be a whole number from 10 to 2,000,000,000, not ${limit}`);
    }
    requireEdgeRegion(this, {
      prop: 'requestsPerAddress',
      fact: 'web ACLs of CloudFront are in',
      remedy:
        'put new AddressRateLimit() into a stack there, both with crossRegionReferences, and take its webAclArn',
    });
    const visibility = (metricName: string) => ({
      metricName,
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: false,
    });
    const { status, title } = PROBLEMS[CODE];
    const acl = new CfnWebACL(this, 'Resource', {
      description: 'Curfew: limits the requests of an address',
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('All'),
      customResponseBodies: {
        problem: {
          contentType: 'APPLICATION_JSON',
          content: JSON.stringify({ type: `${BASE_PATH}/openapi.json#${CODE}`, title, status, code: CODE }),
        },
      },
      rules: [
        {
          name: 'RatePerAddress',
          priority: 0,
          statement: { rateBasedStatement: { limit, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
          action: {
            block: { customResponse: { responseCode: status, customResponseBodyKey: 'problem' } },
          },
          visibilityConfig: visibility('RatePerAddress'),
        },
      ],
    });
    this.webAclArn = acl.attrArn;
  }
}
