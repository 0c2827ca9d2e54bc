import { CfnOutput, CfnParameter, type RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SessionService, type SessionServiceProps } from '../constructs/session-service.ts';
import { StaticSite } from '../constructs/static-site.ts';

export interface DemoStackProps extends StackProps {
  readonly sessions: Omit<SessionServiceProps, 'siteUrl'>;
  /** Folder with the built site. */
  readonly site: string;
  /** Origin of the site; `parameter` makes it one of the template's. @default the distribution's */
  readonly siteUrl?: string | undefined;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** The session service and the demo site in front of it. */
export class DemoStack extends Stack {
  constructor(scope: Construct, id: string, props: DemoStackProps) {
    super(scope, id, props);
    const removal = props.removalPolicy === undefined ? {} : { removalPolicy: props.removalPolicy };
    const siteUrl =
      props.siteUrl === 'parameter'
        ? new CfnParameter(this, 'SiteOrigin', { type: 'String' }).valueAsString
        : props.siteUrl;
    const sessions = new SessionService(this, 'Sessions', {
      ...removal,
      ...props.sessions,
      ...(siteUrl !== undefined && { siteUrl }),
    });
    const site = new StaticSite(this, 'Site', { ...removal, source: props.site, sessions });
    new CfnOutput(this, 'SiteUrl', { value: sessions.siteUrl });
    new CfnOutput(this, 'DistributionUrl', { value: site.url });
    new CfnOutput(this, 'ApiUrl', { value: sessions.httpApi.apiEndpoint });
    new CfnOutput(this, 'TableName', { value: sessions.table.tableName });
  }
}
