import path from 'node:path';
import { App, Aws, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import {
  CachePolicy,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SessionService, StaticSite } from 'curfew/construct';
import { buildSync } from 'esbuild';

const app = new App();
const stack = new Stack(app, 'Sockets');
const sessions = new SessionService(stack, 'Sessions', { browserClose: 'run' });

const table = new TableV2(stack, 'Open', {
  partitionKey: { name: 'sessionId', type: AttributeType.STRING },
  sortKey: { name: 'connectionId', type: AttributeType.STRING },
  timeToLiveAttribute: 'ttl',
});

const here = import.meta.dirname;
const dist = path.join(here, 'dist');
buildSync({
  entryPoints: [path.join(here, 'index.ts')],
  outfile: path.join(dist, 'functions/index.cjs'),
  bundle: true,
  platform: 'node',
  external: ['@aws-sdk/*'],
});
buildSync({
  entryPoints: ['index.html', 'main.ts'].map((name) => path.join(here, 'site', name)),
  outdir: path.join(dist, 'site'),
  bundle: true,
  format: 'esm',
  loader: { '.html': 'copy' },
});

const runtime = Runtime.NODEJS_24_X;
const code = Code.fromAsset(path.join(dist, 'functions'));
const connect = new LambdaFunction(stack, 'Connect', { runtime, code, handler: 'index.connect' });
const end = new LambdaFunction(stack, 'End', { runtime, code, handler: 'index.end' });

const api = new WebSocketApi(stack, 'Api', {
  connectRouteOptions: { integration: new WebSocketLambdaIntegration('Connect', connect) },
});
const stage = new WebSocketStage(stack, 'Stage', { webSocketApi: api, stageName: 'live', autoDeploy: true });

sessions.protect(connect);
sessions.onSessionEnded('Ended', new FunctionTarget(end));
stage.grantManagementApiAccess(end);
for (const handler of [connect, end]) {
  table.grant(handler, 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query');
  handler.addEnvironment('SOCKETS_TABLE', table.tableName);
  handler.addEnvironment('SOCKETS_ENDPOINT', stage.callbackUrl);
}

new StaticSite(stack, 'Site', {
  sessions,
  source: path.join(dist, 'site'),
  behaviors: {
    // On the site's own host, since browsers send the session's cookie nowhere else, and under /api/, where they show the mark of their run.
    '/api/live': {
      origin: new HttpOrigin(`${api.apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`, {
        customHeaders: sessions.originHeaders,
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      functionAssociations: [
        {
          eventType: FunctionEventType.VIEWER_REQUEST,
          // A WebSocket API knows one path: the name of its stage.
          function: new EdgeFunction(stack, 'StagePath', {
            runtime: FunctionRuntime.JS_2_0,
            code: FunctionCode.fromInline(
              `function handler(event) { event.request.uri = '/${stage.stageName}'; return event.request; }`,
            ),
          }),
        },
      ],
    },
  },
});

app.synth();
