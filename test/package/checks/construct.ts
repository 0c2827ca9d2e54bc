import { App, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SessionService } from 'curfew/construct';

const app = new App();

// With every default.
const defaults = new Stack(app, 'Defaults');
const sessions = new SessionService(defaults, 'Sessions');
sessions.protect(
  new LambdaFunction(defaults, 'Orders', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => ({ statusCode: 200 })'),
  }),
);

// With a table of the user's own.
const own = new Stack(app, 'OwnTable');
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
