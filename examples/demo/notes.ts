import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { SessionService } from 'curfew/construct';
import { ROUTES } from './api/routes.ts';

export interface NotesProps {
  readonly sessions: SessionService;
  /** Folder of the built function. */
  readonly code: string;
  readonly removalPolicy: RemovalPolicy;
}

/** The application's own API: one function behind the guard with a table of its own, on the site's origin. */
export class Notes extends Construct {
  constructor(scope: Construct, id: string, { sessions, code, removalPolicy }: NotesProps) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'subject', type: AttributeType.STRING },
      sortKey: { name: 'noteId', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      removalPolicy,
    });
    if (sessions.passesRulePacks) acknowledgeRulePacks(this);
    const lambda = this.createFunction({ sessions, code, removalPolicy }, table.tableName);
    table.grant(lambda, 'dynamodb:Query', 'dynamodb:PutItem');
    sessions.protect(lambda);
    const integration = new HttpLambdaIntegration('Notes', lambda);
    for (const { method, path } of ROUTES) {
      sessions.httpApi.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
  }

  private createFunction({ sessions, code, removalPolicy }: NotesProps, tableName: string): LambdaFunction {
    const { encryptionKey } = sessions;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      ...(encryptionKey && { encryptionKey }),
      removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray’s two write actions accept no resource but *',
    });
    return new LambdaFunction(this, 'Function', {
      description: 'Curfew notes: the demo application’s own API, behind the guard.',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(code),
      memorySize: 512,
      timeout: Duration.seconds(5),
      environment: { NOTES_TABLE: tableName },
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
    });
  }
}

/** Rules of cdk-nag's packs for PCI DSS, HIPAA and NIST that a function behind API Gateway need not follow. */
const REASONS = {
  IAMNoInlinePolicy: 'The policy is of one role, and goes with it',
  LambdaInsideVPC: 'The function calls AWS alone, with permissions of its own',
  LambdaConcurrency: 'API Gateway throttles the requests',
  LambdaDLQ: 'Requests are answered at once',
};

function acknowledgeRulePacks(scope: Construct): void {
  for (const [rule, reason] of Object.entries(REASONS)) {
    for (const pack of ['PCI.DSS.321', 'HIPAA.Security', 'NIST.800.53.R5']) {
      Validations.of(scope).acknowledge({ id: `${pack}-${rule}`, reason });
    }
  }
}
