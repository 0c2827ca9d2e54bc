import openapi from '../../docs/openapi.json' with { type: 'json' };
import { createProvider } from '../auth/compose.ts';
import { readEnvironment } from '../environment.ts';
import { createObservers, createStore, routerOptions } from '../http/compose.ts';
import { createLambdaHandler } from '../http/lambda.ts';
import { createRouter } from '../http/router.ts';
import { sessionRoutes } from './routes.ts';

const environment = readEnvironment();
const observers = { ...createObservers(), now: () => Date.now() };

const routes = sessionRoutes({
  store: createStore(environment, observers),
  // Sign-out names the client and proves nothing: no secret is read here.
  provider: createProvider(environment),
  siteOrigin: environment.SITE_URL,
  browserClose: environment.POLICY.browserClose,
  clearSiteData: environment.CLEAR_SITE_DATA === 'true',
  openapi,
});

export const handler = createLambdaHandler(
  createRouter({
    ...observers,
    ...routerOptions(environment),
    routes,
  }),
);
