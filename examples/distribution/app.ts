import { App, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Distribution, ViewerProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { SessionService } from 'curfew/construct';

const app = new App();

// The shop as it was: pages of a server, and a distribution with the shop's name in front of it.
const shop = new Stack(app, 'Shop');
const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000';
const distribution = new Distribution(shop, 'Distribution', {
  domainNames: ['shop.example.com'],
  certificate: Certificate.fromCertificateArn(shop, 'Certificate', certificate),
  defaultRootObject: 'index.html',
  defaultBehavior: {
    origin: new HttpOrigin('pages.shop.example.com'),
    viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
  },
});

// Its sessions, in a stack of their own, to which the shop's refers.
const accounts = new Stack(app, 'Accounts');
const sessions = new SessionService(accounts, 'Sessions', { browserClose: 'run' });
const { options } = sessions.addTo(distribution, {
  // The shop has an API of its own below.
  paths: ['/api/auth/*', '/api/session*', '/api/mark', '/api/run/*'],
  // In place of an error response that made index.html of 404, which would do so to the API's.
  pageRoutes: true,
});

// The shop's own API: a server with a guard, which knows by the header that a request came through the distribution.
const customHeaders = sessions.originHeaders;
distribution.addBehavior('/api/*', new HttpOrigin('api.shop.example.com', { customHeaders }), options);

app.synth();
