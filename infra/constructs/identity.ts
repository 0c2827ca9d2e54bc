import { Token } from 'aws-cdk-lib';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { BoundIdentity, IdentityContext } from './bound-identity.ts';
import { type CognitoIdentityProps, CognitoPool } from './cognito-identity.ts';
import { bindUserPool, type UserPoolIdentityProps } from './user-pool-identity.ts';

export type { BoundIdentity, IdentityContext } from './bound-identity.ts';

/** A client that is registered at an OpenID provider. */
export interface OidcIdentityProps {
  /** Issuer of the provider, `https://`, as in its discovery document. */
  readonly issuer: string;
  /** The client that is registered there, with `<site>/api/auth/callback` as its redirect address. */
  readonly clientId: string;
  /** The client secret, in Secrets Manager. @default none: a public client, which PKCE proves */
  readonly clientSecret?: ISecret | undefined;
  /** Sign-out at a provider that takes `client_id` and `logout_uri` instead of the parameters of OpenID Connect. @default its `end_session_endpoint`, if it has one */
  readonly logoutUrl?: string | undefined;
  /**
   * What to do with a provider that sends no `auth_time`: `trust` assumes that it authenticated the user
   * again.
   *
   * @default 'refuse'
   */
  readonly missingAuthTime?: 'refuse' | 'trust' | undefined;
}

/** Who users are: a provider that speaks OpenID Connect. */
export abstract class Identity {
  /** A Cognito user pool of the service's own, with managed login. */
  static cognito(props: CognitoIdentityProps = {}): Identity {
    return new CognitoIdentity(props);
  }

  /**
   * A Cognito user pool of yours, made here or elsewhere. Whatever belongs to it alone stays as it is.
   *
   * @param client of that pool, with `<site>/api/auth/callback` among its callback addresses, `<site>/` among its sign-out
   * addresses, the code grant, and scopes `openid`, `profile` and `email`. Default: a new one, of which all that holds. At a pool that is known by
   *   its id, the new one is for Cognito's own users alone: for those of other providers, give one of yours with these providers
   * @throws Error for a client with a secret that nobody can read, and for props that contradict each other
   */
  static userPool(pool: IUserPool, client?: IUserPoolClient, props: UserPoolIdentityProps = {}): Identity {
    return new UserPoolIdentity(pool, client, props);
  }

  /** Any provider that speaks OpenID Connect with discovery. @throws Error for an issuer that is not `https://` */
  static oidc(props: OidcIdentityProps): Identity {
    if (!Token.isUnresolved(props.issuer) && !/^https:\/\/[^\s?#]+$/.test(props.issuer)) {
      throw new Error(
        `identity: issuer must be an https:// URL without query (OpenID Connect Discovery 1.0 §2), not '${props.issuer}'`,
      );
    }
    return new OidcIdentity(props);
  }

  /** Called by the service once, with itself as the scope. */
  abstract bind(scope: Construct, context: IdentityContext): BoundIdentity;
}

class CognitoIdentity extends Identity {
  private readonly props: CognitoIdentityProps;

  constructor(props: CognitoIdentityProps) {
    super();
    this.props = props;
  }

  bind(scope: Construct, context: IdentityContext): BoundIdentity {
    const { removalPolicy = context.removalPolicy, deletionProtection = context.deletionProtection } =
      this.props;
    const { pool, issuer, client, logoutUrl } = new CognitoPool(scope, 'Identity', context.siteUrl, {
      ...this.props,
      removalPolicy,
      deletionProtection,
    });
    return {
      environment: {
        OIDC_ISSUER: issuer,
        OIDC_CLIENT_ID: client.userPoolClientId,
        OIDC_LOGOUT_URL: logoutUrl,
      },
      userPool: pool,
    };
  }
}

class UserPoolIdentity extends Identity {
  private readonly pool: IUserPool;
  private readonly client: IUserPoolClient | undefined;
  private readonly props: UserPoolIdentityProps;

  constructor(pool: IUserPool, client: IUserPoolClient | undefined, props: UserPoolIdentityProps) {
    super();
    this.pool = pool;
    this.client = client;
    this.props = props;
  }

  bind(scope: Construct, { siteUrl }: IdentityContext): BoundIdentity {
    return bindUserPool(scope, siteUrl, this.pool, this.client, this.props);
  }
}

class OidcIdentity extends Identity {
  private readonly props: OidcIdentityProps;

  constructor(props: OidcIdentityProps) {
    super();
    this.props = props;
  }

  bind(): BoundIdentity {
    const { issuer, clientId, clientSecret, logoutUrl, missingAuthTime } = this.props;
    return {
      environment: {
        OIDC_ISSUER: issuer,
        OIDC_CLIENT_ID: clientId,
        ...(clientSecret && { OIDC_CLIENT_SECRET_ARN: clientSecret.secretArn }),
        ...(logoutUrl !== undefined && { OIDC_LOGOUT_URL: logoutUrl }),
        ...(missingAuthTime !== undefined && { MISSING_AUTH_TIME: missingAuthTime }),
      },
      ...(clientSecret && { clientSecret }),
    };
  }
}
