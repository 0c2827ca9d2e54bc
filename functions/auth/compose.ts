import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../environment.ts';
import { openIdProvider } from './openid.ts';
import type { Provider } from './provider.ts';

/** The identity provider that the template names; undefined where it names none. */
export function createProvider(environment: Environment): Provider | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET_ARN, OIDC_LOGOUT_URL, SITE_URL } = environment;
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined) return undefined;
  return openIdProvider({
    issuer: OIDC_ISSUER,
    clientId: OIDC_CLIENT_ID,
    siteUrl: SITE_URL,
    logoutUrl: OIDC_LOGOUT_URL,
    clientSecret: OIDC_CLIENT_SECRET_ARN === undefined ? undefined : () => readSecret(OIDC_CLIENT_SECRET_ARN),
  });
}

async function readSecret(SecretId: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId }));
  if (!SecretString) throw new Error('the client secret is empty');
  return SecretString;
}
