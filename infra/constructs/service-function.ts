import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionEnvironment } from '../../core/contract.ts';
import { bundleFolder } from './bundles.ts';
import type { FunctionProps } from './function-props.ts';

/** What all functions of a service share. */
export interface SharedFunctionProps extends FunctionProps {
  readonly environment: FunctionEnvironment;
  /** Folder that holds the bundles. @default those of this package */
  readonly bundles?: string | undefined;
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  /** Of the log group. @default a key of CloudWatch Logs */
  readonly encryptionKey?: IKey | undefined;
  /** Of the log group. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

export interface ServiceFunctionProps extends SharedFunctionProps {
  /** Name of the bundle. */
  readonly name: string;
  readonly description: string;
  /** @default Duration.seconds(5): three attempts of 1.3 s at the store fit into it */
  readonly timeout?: Duration | undefined;
  /** @default none: shares the account's */
  readonly reservedConcurrentExecutions?: number | undefined;
  /** Of asynchronous invocations. @default 2 */
  readonly retryAttempts?: number | undefined;
  /** Of asynchronous invocations. @default Duration.hours(6) */
  readonly maxEventAge?: Duration | undefined;
}

/** One prebuilt bundle as a Lambda function, with a role and a log group that are its own. */
export class ServiceFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.logGroup =
      props.logGroup ??
      new LogGroup(this, 'Logs', {
        retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
        ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
        removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    // Not the managed AWSLambdaBasicExecutionRole, which may write to every log group of the account.
    this.logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray takes segments without a resource: its two write actions know no other than *. With vpc, nor do those of EC2',
    });
    if (props.vpc) allowInterfaces(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleFolder(props.name, props.bundles)),
      memorySize: props.memory ?? 512,
      timeout: props.timeout ?? Duration.seconds(5),
      environment: { ...props.environment },
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(props.logLevel !== undefined && { applicationLogLevelV2: props.logLevel }),
      tracing: props.tracing ?? Tracing.ACTIVE,
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: [...props.securityGroups] }),
      ...(props.retryAttempts !== undefined && { retryAttempts: props.retryAttempts }),
      ...(props.maxEventAge && { maxEventAge: props.maxEventAge }),
      ...(props.reservedConcurrentExecutions !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      }),
    });
  }

  /** Allows actions on resources, by name. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.lambda.addToRolePolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    );
  }
}

/**
 * What Lambda does by the role of a function in a network: not the managed AWSLambdaVPCAccessExecutionRole, which may write
 * to every log group of the account.
 */
function allowInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
}
