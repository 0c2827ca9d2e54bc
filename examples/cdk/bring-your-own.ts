import { App, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Identity, SessionService, SessionTable } from 'curfew/construct';

const app = new App();
const siteUrl = 'https://app.example.com';

// What was there before, made by other tools: known by name.
const stack = new Stack(app, 'Sessions', { env: { account: '111122223333', region: 'eu-west-1' } });
const sessions = new SessionService(stack, 'Sessions', {
  siteUrl,
  // Its users, its domain for signing in; the service makes a client of its own.
  identity: Identity.userPool(UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_Ab1Cd2Ef3'), undefined, {
    loginUrl: 'https://login.example.com',
  }),
  httpApi: HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: 'a1b2c3d4e5' }),
  eventBus: EventBus.fromEventBusName(stack, 'Bus', 'company'),
  logGroup: LogGroup.fromLogGroupName(stack, 'Logs', '/company/sessions'),
  table: new SessionTable(stack, 'Data').table,
  vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  }),
});

// A container with the guard, in the same app: another stack and a role of its own.
const orders = new Stack(app, 'Orders', { env: { account: '111122223333', region: 'eu-west-1' } });
const task = new FargateTaskDefinition(orders, 'Task');
task.addContainer('Server', {
  image: ContainerImage.fromRegistry('example/orders'),
  environment: sessions.guardEnvironment,
});
sessions.grantGuard(task.taskRole).assertSuccess();

// In another app, and another region: it knows the service by what that is called there.
const reports = new Stack(app, 'Reports', { env: { account: '111122223333', region: 'us-east-1' } });
const known = SessionService.fromAttributes(reports, 'Sessions', {
  tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/Sessions-Data',
  serviceName: 'Sessions-Sessions',
  siteUrl,
});
const reporting = new FargateTaskDefinition(reports, 'Task');
reporting.addContainer('Server', {
  image: ContainerImage.fromRegistry('example/reports'),
  environment: known.guardEnvironment,
});
known.grantGuard(reporting.taskRole).assertSuccess();

app.synth();
