import openapi from '../../docs/openapi.json' with { type: 'json' };
import { createProvider } from '../auth/compose.ts';
import { readEnvironment } from '../environment.ts';
import { createObservers, createStore, routerOptions } from '../http/compose.ts';
import { createLambdaHandler } from '../http/lambda.ts';
import { createRouter } from '../http/router.ts';
import { createDraftKeys } from '../service-secret/draft-keys.ts';
import { createKeyring } from '../service-secret/keyring.ts';
import { createSecretReader } from '../service-secret/secrets-manager.ts';
import { sessionRoutes } from './routes.ts';

const environment = readEnvironment();
const observers = { ...createObservers(environment), now: () => Date.now() };

const { SERVICE_SECRET_ARN: secretArn } = environment;
const secret = secretArn === undefined ? undefined : createSecretReader().versions(secretArn);

const routes = sessionRoutes({
  store: createStore(environment, observers),
  // Sign-out names the client and proves nothing: no secret is read here.
  provider: createProvider(environment),
  siteOrigin: environment.SITE_URL,
  browserClose: environment.POLICY.browserClose,
  clearSiteData: environment.CLEAR_SITE_DATA === 'true',
  draftKeys: secret && createDraftKeys(createKeyring(secret)),
  openapi,
});

export const handler = createLambdaHandler(
  createRouter({
    ...observers,
    ...routerOptions(environment),
    routes,
  }),
);
