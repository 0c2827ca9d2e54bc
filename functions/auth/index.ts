import { randomBytes } from 'node:crypto';
import { readEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createProvider } from './compose.ts';
import { createAuthHandler } from './handler.ts';

const environment = readEnvironment();
const provider = createProvider(environment);
if (!provider) throw new Error('OIDC_ISSUER and OIDC_CLIENT_ID must be set');

export const handler = createAuthHandler({
  ...createObservers(),
  provider,
  store: createStore(environment),
  siteUrl: environment.SITE_URL,
  policy: environment.POLICY,
  reauthentication: environment.REAUTHENTICATION,
  missingAuthTime: environment.MISSING_AUTH_TIME,
  maxSessions: environment.MAX_SESSIONS,
  proxyHops: environment.PROXY_HOPS,
  originSecret: environment.ORIGIN_SECRET,
  now: () => Date.now(),
  randomBytes,
});
