import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Configuration, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { errorPage, logoutPage, signedOutPage } from './pages.ts';
import { USERS } from './users.ts';

const SCOPES = ['openid', 'profile', 'email'];

/** The path of the form for a sign-in that is under way. */
export const formPath = (uid: string): string => `/interaction/${uid}`;

/** A provider with one client, the application; everything it remembers is in memory. */
export function providerConfiguration(siteUrl: string): Configuration {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: 'curfew-local',
        client_name: 'Curfew',
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${siteUrl}/api/auth/callback`],
        post_logout_redirect_uris: [siteUrl, `${siteUrl}/`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        require_auth_time: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'local' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    // Otherwise only the userinfo endpoint would return name and address.
    conformIdTokenClaims: false,
    // An hour for the form, a working day for the provider's own session: longer than the sessions it starts, so
    // that there is a single sign-on to refuse.
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 43_200,
      IdToken: 600,
      Interaction: 3_600,
      Session: 43_200,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = logoutPage(form);
        },
        postLogoutSuccessSource: (context) => {
          context.body = signedOutPage();
        },
      },
    },
    interactions: { url: (_context, { uid }) => formPath(uid) },
    renderError: (context, details) => {
      context.type = 'html';
      context.body = errorPage(details);
    },
    findAccount: (_context, accountId) => {
      const user = USERS.get(accountId);
      return (
        user && {
          accountId,
          claims: () => ({ sub: accountId, ...user, email_verified: true }),
        }
      );
    },
    loadExistingGrant: grantEverything,
  };
}

/**
 * The one client is the user's own application: nobody is asked for consent. A user has one grant for it, since the code
 * of one sign-in would be worthless once another one had replaced its grant: two tabs may sign in at once.
 */
async function grantEverything({ oidc }: KoaContextWithOIDC): Promise<Grant> {
  const { client, session, provider } = oidc;
  const grantId = client && session?.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (known && known.accountId === session?.accountId) return known;
  const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}
