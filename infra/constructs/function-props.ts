import type { ISecurityGroup, IVpc, SubnetSelection, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { ApplicationLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

/** How the functions of a service run. Every prop has a default. */
export interface FunctionProps {
  /**
   * Memory of each function but the sweep (`sweepMemory`), MB, 128 to 10,240. Lambda gives a function processor time in
   * proportion, and takes its price in proportion: with less, a function starts more slowly, and a sign-in may take over a second.
   *
   * @default 512
   */
  readonly memory?: number | undefined;
  /**
   * The least of the lines that the functions log. `WARN` and above are refused: metrics are lines of the log without a level, which
   * Lambda counts as `INFO`, and may leave out then. `logAddresses: false` keeps the addresses of viewers out of it.
   *
   * @default ApplicationLogLevel.INFO
   */
  readonly logLevel?:
    | ApplicationLogLevel.INFO
    | ApplicationLogLevel.DEBUG
    | ApplicationLogLevel.TRACE
    | undefined;
  /**
   * Whether X-Ray gets a trace of the functions' invocations, which it takes money for beyond 100,000 a month. With
   * `DISABLED` their roles may not send any; `PASS_THROUGH` continues the trace of a caller.
   *
   * @default Tracing.ACTIVE
   */
  readonly tracing?: Tracing | undefined;
  /**
   * A network of yours in which the functions run: their roles may then make network interfaces in it. They need no
   * network of yours. From its subnets they must reach DynamoDB, EventBridge, SQS, Secrets Manager and the identity provider:
   * by a NAT gateway, or by endpoints for all but the provider. What they don't reach is a 503 for users, or a sign-in that
   * fails.
   *
   * @default none: they reach AWS and the provider over the internet, by TLS
   */
  readonly vpc?: IVpc | Vpc | undefined;
  /** The subnets of `vpc` for them. Lambda gives a function in a public subnet no address of the internet. @default private ones with a way out */
  readonly vpcSubnets?: SubnetSelection | undefined;
  /** Security groups of the functions, with `vpc`. @default one for each function, which lets everything out and nothing in */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
  /**
   * A log group of yours for all functions of the service, whose names are in those of its streams. How long it is kept, what encrypts
   * it and whether it goes with the stack is yours to say: `logRetention`, `encryptionKey` and `removalPolicy` do not touch it.
   *
   * @default one for each function
   */
  readonly logGroup?: ILogGroup | undefined;
}

/** Those of an object that has others too. */
export function functionProps(props: FunctionProps): FunctionProps {
  const { memory, logLevel, tracing, vpc, vpcSubnets, securityGroups, logGroup } = props;
  return {
    memory: checkedMemory('memory', memory),
    logLevel: checkedLogLevel(logLevel),
    tracing,
    vpc,
    vpcSubnets,
    securityGroups,
    logGroup,
  };
}

/** What Lambda takes. @throws Error naming the prop */
export function checkedMemory(prop: string, memory: number | undefined): number | undefined {
  if (memory === undefined || (Number.isInteger(memory) && memory >= 128 && memory <= 10_240)) return memory;
  throw new Error(`${prop} must be a whole number from 128 to 10240, not ${memory}`);
}

/** @throws Error for a level that the type rules out, and JavaScript does not */
function checkedLogLevel(level: FunctionProps['logLevel']): FunctionProps['logLevel'] {
  if (level === undefined || /^(?:INFO|DEBUG|TRACE)$/.test(level)) return level;
  throw new Error(
    `logLevel must be INFO, DEBUG or TRACE, not ${level}: metrics are lines of the log without a level, which Lambda may leave out with it`,
  );
}
