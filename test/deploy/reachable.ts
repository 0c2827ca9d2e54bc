import type { CfnDistribution, Distribution } from 'aws-cdk-lib/aws-cloudfront';

/** The emulator's API has a name that only browsers resolve, and no TLS: the distribution reaches it by a port of this machine. */
export function leadToThisMachine(distribution: Distribution, port: number): void {
  const api = 'DistributionConfig.Origins.1';
  const resource = distribution.node.defaultChild as CfnDistribution;
  resource.addPropertyOverride(`${api}.DomainName`, 'localhost');
  resource.addPropertyOverride(`${api}.CustomOriginConfig.OriginProtocolPolicy`, 'http-only');
  resource.addPropertyOverride(`${api}.CustomOriginConfig.HTTPPort`, port);
}
