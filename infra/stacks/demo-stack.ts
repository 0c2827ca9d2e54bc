import { CfnOutput, CfnParameter, type RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';
import { DEMO_ROUTES } from '../../core/routes.ts';
import type { Identity } from '../constructs/identity.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { SessionService, type SessionServiceProps } from '../constructs/session-service.ts';
import { StaticSite } from '../constructs/static-site.ts';

export interface DemoStackProps extends StackProps {
  readonly sessions: Omit<SessionServiceProps, 'siteUrl' | 'identity'>;
  /** Who users are. */
  readonly identity: (scope: Construct) => Identity;
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
      identity: props.identity(this),
      ...(siteUrl !== undefined && { siteUrl }),
    });
    this.addNotes(sessions, props.sessions.bundles, props.removalPolicy);
    const site = new StaticSite(this, 'Site', { ...removal, source: props.site, sessions });
    new CfnOutput(this, 'SiteUrl', { value: sessions.siteUrl });
    new CfnOutput(this, 'DistributionUrl', { value: site.url });
    new CfnOutput(this, 'ApiUrl', { value: sessions.httpApi.apiEndpoint });
    new CfnOutput(this, 'AdminFunction', { value: sessions.administration().functionName });
    new CfnOutput(this, 'TableName', { value: sessions.table.tableName });
  }

  /** The demo application's own API: a function behind the guard, on the site's origin. */
  private addNotes(sessions: SessionService, bundles?: string, removalPolicy?: RemovalPolicy): void {
    const notes = new ServiceFunction(this, 'Notes', {
      name: 'notes',
      description: 'Curfew notes: the demo application’s own API, behind the guard.',
      environment: {},
      bundles,
      removalPolicy,
    });
    sessions.protect(notes.lambda);
    const integration = new HttpLambdaIntegration('Notes', notes.lambda);
    for (const { method, path } of DEMO_ROUTES) {
      sessions.httpApi.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
  }
}
