import { Stack } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allowDelivery } from './encryption.ts';
import { nameInRegion } from './names.ts';
import { EDGE_REGION, requireEdgeRegion } from './us-east-1.ts';

/** What is logged, and where to. */
export interface DistributionLogsProps {
  /**
   * The distribution whose requests are logged. One of a stack that is not in us-east-1 is best named by its id, with
   * `Distribution.fromDistributionAttributes()`: for a reference to another region, both stacks have to say theirs (`env`).
   */
  readonly distribution: IDistribution;
  /**
   * Takes the files, under `AWSLogs/<account>/CloudFront/`. It needs no access control lists. A key of KMS that encrypts it has to
   * be one of yours; one that is made elsewhere, with a bucket that is, has to allow the delivery in its own policy.
   */
  readonly bucket: IBucket;
}

/**
 * The access log of a distribution (standard logging, version 2), as JSON lines in a bucket. CloudFront's deliveries are made in
 * us-east-1, so the stack has to be there: for one that does not say where it is, CloudFormation checks it. The former kind of log needs a bucket with access control lists, which
 * buckets do not have by default.
 */
export class DistributionLogs extends Construct {
  constructor(scope: Construct, id: string, { distribution, bucket }: DistributionLogsProps) {
    super(scope, id);
    const { account, partition } = Stack.of(this);
    requireEdgeRegion(this, {
      prop: 'logBucket',
      fact: 'the logs of CloudFront are delivered from',
      remedy: 'put new DistributionLogs() into a stack there',
    });
    const name = nameInRegion(this);
    const sourceArn = `arn:${partition}:logs:${EDGE_REGION}:${account}:delivery-source:${name}`;
    const source = new CfnDeliverySource(this, 'Source', {
      name,
      logType: 'ACCESS_LOGS',
      resourceArn: `arn:${partition}:cloudfront::${account}:distribution/${distribution.distributionId}`,
    });
    const destination = new CfnDeliveryDestination(this, 'Destination', {
      name,
      destinationResourceArn: bucket.bucketArn,
      outputFormat: 'json',
    });
    const delivery = new CfnDelivery(this, 'Delivery', {
      deliverySourceName: name,
      deliveryDestinationArn: destination.attrArn,
    });
    delivery.node.addDependency(source);
    // A bucket that was made elsewhere gets its policy from the delivery, if whoever deploys may change it.
    const allowed = bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
        conditions: {
          StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': sourceArn },
        },
      }),
    );
    if (bucket.encryptionKey) allowDelivery(bucket.encryptionKey, account, sourceArn);
    if (allowed.policyDependable) delivery.node.addDependency(allowed.policyDependable);
  }
}
