import { App, CfnOutput, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Distribution, OriginProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Identity, SessionService } from 'curfew/construct';
import { leadToThisMachine } from './reachable.ts';

/** A distribution that was there, with pages of a server, and the service behind it, of another stack. */
const variables = process.env as Record<string, string>;
const { ISSUER, SITE_URL, BUNDLES, STACK_NAME, ORIGIN_PORT, PAGES_PORT } = variables;
const app = new App();
const front = new Stack(app, `${STACK_NAME!}Front`);
const distribution = new Distribution(front, 'Distribution', {
  defaultBehavior: {
    origin: new HttpOrigin('localhost', {
      protocolPolicy: OriginProtocolPolicy.HTTP_ONLY,
      httpPort: Number(PAGES_PORT),
    }),
  },
});
const back = new Stack(app, STACK_NAME!);
const sessions = new SessionService(back, 'Sessions', {
  identity: Identity.oidc({ issuer: Lazy.string({ produce: () => ISSUER }), clientId: 'curfew-local' }),
  siteUrl: SITE_URL!,
  idleTimeout: Duration.minutes(15),
  browserClose: 'run',
  alarms: false,
  bundles: BUNDLES!,
  removalPolicy: RemovalPolicy.DESTROY,
});
sessions.addTo(distribution, { pageRoutes: true });
leadToThisMachine(distribution, Number(ORIGIN_PORT));
new CfnOutput(back, 'ApiId', { value: sessions.httpApi.apiId });
new CfnOutput(front, 'DistributionName', { value: distribution.distributionDomainName });
app.synth();
