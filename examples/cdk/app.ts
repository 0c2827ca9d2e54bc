import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { CloudWatchLogGroup } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { SessionService, StaticSite } from 'curfew/construct';

const app = new App();
const stack = new Stack(app, 'Application');

const sessions = new SessionService(stack, 'Sessions', { idleTimeout: Duration.minutes(10) });
new StaticSite(stack, 'Site', { sessions, source: path.join(import.meta.dirname, 'site') });

// A handler in another language can't hold the middleware: the authorizer checks the session before it.
const greeting = new LambdaFunction(stack, 'Greeting', {
  runtime: Runtime.PYTHON_3_13,
  handler: 'index.handler',
  code: Code.fromInline(`def handler(event, context):
    session = event["requestContext"]["authorizer"]["lambda"]
    return {"statusCode": 200, "body": "Hello, " + session["subject"]}`),
});
sessions.httpApi.addRoutes({
  path: '/api/greeting',
  methods: [HttpMethod.GET],
  integration: new HttpLambdaIntegration('Greeting', greeting),
  authorizer: sessions.authorizer(),
});

// Every end of a session, with its reason, within about a minute.
sessions.onSessionEnded('Ended', new CloudWatchLogGroup(new LogGroup(stack, 'EndedSessions')));

app.synth();
