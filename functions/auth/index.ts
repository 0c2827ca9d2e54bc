import { randomBytes } from 'node:crypto';
import { readEnvironment } from '../environment.ts';
import { createObservers, createStore, routerOptions } from '../http/compose.ts';
import { SIGN_IN_DEADLINE_MS } from '../http/deadline.ts';
import { createLambdaHandler } from '../http/lambda.ts';
import { createRouter } from '../http/router.ts';
import { createKeyring } from '../service-secret/keyring.ts';
import { createSecretReader } from '../service-secret/secrets-manager.ts';
import { createProvider } from './compose.ts';
import { authRoutes } from './routes.ts';

const environment = readEnvironment();
const observers = { ...createObservers(environment), now: () => Date.now() };
const secrets = createSecretReader();
const provider = createProvider(environment, secrets.read);
if (!provider) throw new Error('OIDC_ISSUER and OIDC_CLIENT_ID must be set');
const { SERVICE_SECRET_ARN } = environment;
if (SERVICE_SECRET_ARN === undefined) throw new Error('SERVICE_SECRET_ARN must be set');

const routes = authRoutes({
  provider,
  store: createStore(environment, observers),
  keyring: createKeyring(secrets.versions(SERVICE_SECRET_ARN)),
  policy: environment.POLICY,
  reauthentication: environment.REAUTHENTICATION,
  missingAuthTime: environment.MISSING_AUTH_TIME,
  maxSessions: environment.MAX_SESSIONS,
  randomBytes,
});

export const handler = createLambdaHandler(
  createRouter({
    ...observers,
    ...routerOptions(environment),
    deadlineMs: SIGN_IN_DEADLINE_MS,
    routes,
  }),
);
