import type { Environment } from '../environment.ts';
import { openIdProvider } from './openid.ts';
import type { Provider } from './provider.ts';

/**
 * The identity provider that the template names; undefined where it names none.
 *
 * @param readSecret reads a secret by its ARN; left out where nothing has to be proven to the provider
 */
export function createProvider(
  environment: Environment,
  readSecret?: (arn: string) => Promise<string>,
): Provider | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET_ARN, OIDC_LOGOUT_URL, SITE_URL } = environment;
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined) return undefined;
  return openIdProvider({
    issuer: OIDC_ISSUER,
    clientId: OIDC_CLIENT_ID,
    siteOrigin: SITE_URL,
    logoutUrl: OIDC_LOGOUT_URL,
    clientSecret: readSecret && OIDC_CLIENT_SECRET_ARN ? () => readSecret(OIDC_CLIENT_SECRET_ARN) : undefined,
  });
}
