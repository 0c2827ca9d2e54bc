import { Token } from 'aws-cdk-lib';
import { CfnUserPoolClient, type IUserPool, type IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { BoundIdentity } from './bound-identity.ts';
import { newClient, newDomain } from './cognito-identity.ts';

/** How the service signs users in at a pool that exists. */
export interface UserPoolIdentityProps {
  /**
   * Address of the pool's managed login, without a trailing slash: `domain.baseUrl()`, or `https://login.example.com`. It has to be
   * of the newer version (the classic hosted UI ignores `prompt=login`, so that every sign-in would be rejected as stale), which
   * asks for the plan Essentials or Plus.
   *
   * @default a new domain `curfew-….auth.<region>.amazoncognito.com`, which fails where the pool has one already
   */
  readonly loginUrl?: string | undefined;
  /** First part of the host name of the new domain, unique in the region. Not with `loginUrl`. @default derived from the stack's id */
  readonly domainPrefix?: string | undefined;
  /** Secret of the client, in Secrets Manager, where it has one. @default none: a public client, which PKCE proves */
  readonly clientSecret?: ISecret | undefined;
}

/**
 * Binds a service to a pool of the user's: its client, or a new one, and its managed login, or a new one.
 *
 * @throws Error for a client with a secret that nobody can read, and for props that contradict each other
 */
export function bindUserPool(
  service: Construct,
  siteUrl: string,
  userPool: IUserPool,
  client: IUserPoolClient | undefined,
  { loginUrl, domainPrefix, clientSecret }: UserPoolIdentityProps,
): BoundIdentity {
  if (loginUrl !== undefined && domainPrefix !== undefined)
    throw new Error('identity: domainPrefix is of a new domain, and loginUrl says that there is one');
  if (loginUrl !== undefined && !Token.isUnresolved(loginUrl) && !/^https:\/\/.*[^/]$/.test(loginUrl))
    throw new Error(
      `identity: loginUrl must be an https:// address without a trailing slash, not '${loginUrl}'`,
    );
  if (!client && clientSecret)
    throw new Error('identity: clientSecret is that of a client of yours, and none is given');
  if (client && !clientSecret && hasSecret(client))
    throw new Error(
      'identity: the client has a secret (generateSecret): put it into Secrets Manager and give clientSecret',
    );
  const scope = new Construct(service, 'Identity');
  const { userPoolClientId } = client ?? newClient(scope, userPool, siteUrl);
  return {
    environment: {
      OIDC_ISSUER: `https://${userPool.userPoolProviderName}`,
      OIDC_CLIENT_ID: userPoolClientId,
      OIDC_LOGOUT_URL: `${loginUrl ?? newDomain(scope, userPool, domainPrefix).baseUrl()}/logout`,
      ...(clientSecret && { OIDC_CLIENT_SECRET_ARN: clientSecret.secretArn }),
    },
    userPool,
    ...(clientSecret && { clientSecret }),
  };
}

/** Whether a client of this app has a secret. Nothing is known of a client that was made elsewhere. */
function hasSecret({ node }: IUserPoolClient): boolean {
  return node.defaultChild instanceof CfnUserPoolClient && node.defaultChild.generateSecret === true;
}
