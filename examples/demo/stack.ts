import { CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { SessionService, StaticSite, type StaticSiteProps } from 'curfew/construct';
import type { Configuration } from './configuration.ts';
import { identityFrom } from './identity.ts';
import { Notes } from './notes.ts';

/** The session service, the application's own API and the site in front of both. */
export class DemoStack extends Stack {
  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id, { description: 'Curfew: sessions that end on time, and the site in front of them' });
    const { stage, policy, sweepInterval, bundles, originSecretNumbers, alarmTopics, removalPolicy } =
      configuration;
    const { busName, serviceName, deletionProtection, encryptionKey } = configuration;
    // The local runtime learns the site's port only after it has synthesized this stack.
    const siteUrl =
      stage === 'local'
        ? new CfnParameter(this, 'SiteOrigin', { type: 'String' }).valueAsString
        : configuration.siteUrl;
    const sessions = new SessionService(this, 'Sessions', {
      removalPolicy,
      ...policy,
      ...(sweepInterval && { sweepInterval }),
      rulePacks: configuration.rulePacks,
      ...(bundles !== undefined && { bundles }),
      ...(busName !== undefined && { busName }),
      ...(serviceName !== undefined && { serviceName }),
      ...(deletionProtection !== undefined && { deletionProtection }),
      ...(encryptionKey !== undefined && {
        encryptionKey: Key.fromKeyArn(this, 'EncryptionKey', encryptionKey),
      }),
      identity: identityFrom(this, configuration),
      alarmActions: alarmTopics.map(
        (arn, i) => new SnsAction(Topic.fromTopicArn(this, `AlarmTopic${i}`, arn)),
      ),
      ...(siteUrl !== undefined && { siteUrl }),
    });
    new Notes(this, 'Notes', { sessions, code: configuration.api, removalPolicy });
    const site = new StaticSite(this, 'Site', {
      removalPolicy,
      source: configuration.site,
      sessions,
      trustedTypes: [],
      ...(originSecretNumbers && { originSecretNumbers }),
      ...this.owned(configuration),
    });
    new CfnOutput(this, 'SiteUrl', { value: sessions.siteUrl });
    new CfnOutput(this, 'DistributionUrl', { value: site.url });
    new CfnOutput(this, 'ApiUrl', { value: sessions.httpApi.apiEndpoint });
    new CfnOutput(this, 'AdminFunction', { value: sessions.administration().functionName });
    const { userPool } = sessions;
    if (userPool) new CfnOutput(this, 'UserPoolId', { value: userPool.userPoolId });
    new CfnOutput(this, 'TableName', { value: sessions.table.tableName });
  }

  /** What exists in the account already. */
  private owned({
    domain,
    webAcl,
    logBucket,
  }: Configuration): Pick<StaticSiteProps, 'domain' | 'webAclArn' | 'logBucket'> {
    return {
      ...(domain && {
        domain: {
          name: domain.name,
          certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificate),
        },
      }),
      ...(webAcl !== undefined && { webAclArn: webAcl }),
      ...(logBucket !== undefined && { logBucket: Bucket.fromBucketName(this, 'LogBucket', logBucket) }),
    };
  }
}
