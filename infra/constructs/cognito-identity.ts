import { Aws, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  type CfnUserPoolClient,
  FeaturePlan,
  type IUserPool,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  UserPoolClient,
  UserPoolDomain,
  type UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

/** The user pool that `Identity.cognito()` makes. */
export interface CognitoIdentityProps {
  /** Whether people may register themselves. @default false: administrators create the users */
  readonly selfSignUp?: boolean | undefined;
  /** `optional`: users may add a one-time password; `required`: every user must. @default 'optional' */
  readonly mfa?: 'optional' | 'required' | undefined;
  /** First part of the managed login's host name, unique in the region. @default derived from the stack's id */
  readonly domainPrefix?: string | undefined;
  /**
   * Who sends its messages: `UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com' })`, an address or a domain that SES has
   * verified. Invitations and forgotten passwords come by e-mail alone.
   *
   * @default Cognito itself, which sends 50 messages a day, from an address of AWS
   */
  readonly email?: UserPoolEmail | undefined;
  /** Of the pool and its users. @default that of the service */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /** Whether Cognito refuses to delete the pool. @default that of the service, or true with RemovalPolicy.RETAIN */
  readonly deletionProtection?: boolean | undefined;
}

/**
 * A Cognito user pool with managed login. Every sign-in asks it for `prompt=login`, which managed login supports and
 * the classic hosted UI does not, so the pool is on the Essentials plan. It does not support `max_age`. Its ID tokens
 * have `auth_time`, which is checked. Its sign-out has a parameter of its own (`logout_uri`).
 */
export class CognitoPool extends Construct {
  /** The users. */
  readonly pool: UserPool;
  /** The client that the service signs in with: public, with PKCE, authorization code only. */
  readonly client: UserPoolClient;
  /** Issuer of the pool, `https://`. */
  readonly issuer: string;
  /** Address that ends the managed login's own session; it takes `client_id` and `logout_uri`. */
  readonly logoutUrl: string;

  constructor(scope: Construct, id: string, siteUrl: string, props: CognitoIdentityProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.pool = new UserPool(this, 'Users', {
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: props.selfSignUp ?? false,
      signInAliases: { email: true },
      autoVerify: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      ...(props.email && { email: props.email }),
      mfa: props.mfa === 'required' ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 15,
        requireDigits: false,
        requireLowercase: false,
        requireSymbols: false,
        requireUppercase: false,
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection: props.deletionProtection ?? removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
    this.acknowledge();
    this.client = newClient(this, this.pool, siteUrl);
    const domain = newDomain(this, this.pool, props.domainPrefix);
    this.issuer = this.pool.userPoolProviderUrl;
    this.logoutUrl = `${domain.baseUrl()}/logout`;
  }

  private acknowledge(): void {
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions-COG1',
        reason:
          'NIST SP 800-63B-4 §3.1.1.2: length (15) instead of composition rules, which make passwords worse',
      },
      { id: 'AwsSolutions-COG2', reason: 'MFA is offered to everybody; mfa: required makes it compulsory' },
      {
        id: 'AwsSolutions-COG8',
        reason: 'The Plus plan’s price is the owner’s decision',
      },
      {
        id: 'AwsSolutions-COG3',
        reason: 'Threat protection needs the Plus plan, whose price is the owner’s decision',
      },
    );
  }
}

/** The client that a service signs in with at a pool, and its pages. */
export function newClient(scope: Construct, userPool: IUserPool, siteUrl: string): UserPoolClient {
  const client = new UserPoolClient(scope, 'Client', {
    userPool,
    // PKCE proves the client. Reading a client secret would take a custom resource at each deployment.
    generateSecret: false,
    preventUserExistenceErrors: true,
    // The ID token is read once, and none of the tokens is stored.
    accessTokenValidity: Duration.minutes(5),
    idTokenValidity: Duration.minutes(5),
    refreshTokenValidity: Duration.hours(1),
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.PROFILE, OAuthScope.EMAIL],
      callbackUrls: [`${siteUrl}/api/auth/callback`],
      logoutUrls: [`${siteUrl}/`],
    },
  });
  // Managed login needs none of the flows of Cognito's own API. Left out, they would include sign-in by password (SRP),
  // past the page that asks for a second factor. The default child of a UserPoolClient is its CfnUserPoolClient.
  (client.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
  // Without a branding, the managed login of a client is an error page.
  new CfnManagedLoginBranding(scope, 'Branding', {
    userPoolId: userPool.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  });
  return client;
}

/** @param domainPrefix default: derived from the stack's id */
export function newDomain(scope: Construct, userPool: IUserPool, domainPrefix?: string): UserPoolDomain {
  return new UserPoolDomain(scope, 'Domain', {
    userPool,
    cognitoDomain: {
      domainPrefix: domainPrefix ?? `curfew-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`,
    },
    managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  });
}
