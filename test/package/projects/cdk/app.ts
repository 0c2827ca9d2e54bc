import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Identity, Policy, SessionService } from 'curfew/construct';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Application');
const sessions = new SessionService(stack, 'Sessions', {
  siteUrl: 'https://app.example.com',
  idleTimeout: Duration.minutes(10),
  identity: Identity.cognito(),
});
const orders = new LambdaFunction(stack, 'Orders', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => ({ statusCode: 200 })'),
});
sessions.protect(orders);

// With nothing said at all, and with a table of one's own.
new SessionService(new Stack(app, 'Alone'), 'Sessions');
const own = new Stack(app, 'Own');
const table = new TableV2(own, 'Table', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  timeToLiveAttribute: 'ttl',
  dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
  globalSecondaryIndexes: [
    {
      indexName: 'due',
      partitionKey: { name: 'dueShard', type: AttributeType.STRING },
      sortKey: { name: 'dueAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    },
    {
      indexName: 'subject',
      partitionKey: { name: 'subject', type: AttributeType.STRING },
      sortKey: { name: 'createdAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    },
  ],
});
new SessionService(own, 'Sessions', { table: table as ITableV2 });

app.synth();

/** Never run: must not compile. */
export function wrong(): void {
  // @ts-expect-error: a Duration, so that nobody mistakes seconds for milliseconds
  new SessionService(stack, 'Wrong', { idleTimeout: 600 });
  // @ts-expect-error: none of the ways that closing may end a session
  new SessionService(stack, 'Closing', { browserClose: 'tab' });
  // @ts-expect-error: made by its factories alone
  new Policy('pci-dss');
}
