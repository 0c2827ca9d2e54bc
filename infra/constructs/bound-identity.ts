import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { FunctionEnvironment } from '../../core/contract.ts';

/** What an identity provider needs to know about the service that uses it. */
export interface IdentityContext {
  /** Origin of the site, no trailing slash. */
  readonly siteUrl: string;
  /** Of the service. */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /** Of the service. @default as the removal policy says */
  readonly deletionProtection?: boolean | undefined;
}

/** What the functions need to know about the provider. */
export interface BoundIdentity {
  /** Variables of the functions `auth` and `session`. */
  readonly environment: FunctionEnvironment;
  /** The client secret, which function `auth` may read. */
  readonly clientSecret?: ISecret;
  /** The pool of the users, where they are in one of Cognito. */
  readonly userPool?: IUserPool;
}
