import openapi from '../../docs/openapi.json' with { type: 'json' };
import { openIdProvider } from '../auth/openid.ts';
import { readEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createSessionHandler } from './handler.ts';

const environment = readEnvironment();
const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_LOGOUT_URL, SITE_URL } = environment;

export const handler = createSessionHandler({
  ...createObservers(),
  store: createStore(environment),
  // Sign-out names the client and proves nothing: no secret is read here.
  provider:
    OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined
      ? undefined
      : openIdProvider({
          issuer: OIDC_ISSUER,
          clientId: OIDC_CLIENT_ID,
          logoutUrl: OIDC_LOGOUT_URL,
          siteUrl: SITE_URL,
        }),
  siteUrl: SITE_URL,
  browserClose: environment.POLICY.browserClose,
  clearSiteData: environment.CLEAR_SITE_DATA === 'true',
  openapi,
  originSecret: environment.ORIGIN_SECRET,
  now: () => Date.now(),
});
