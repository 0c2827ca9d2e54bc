import type { FunctionEnvironment } from '../core/contract.ts';
import { CREDENTIALS } from './aws.ts';
import type { Engine } from './engine/engine.ts';

/** Nobody listens on this port. */
const NOWHERE = 'http://127.0.0.1:9';

/** Where the services listen that are not the engine. */
export interface Endpoints {
  readonly bus: string;
  readonly queues: string;
  readonly secrets: string;
}

/** What the Lambda service adds to a function's environment, and where AWS is on this machine. */
export function functionEnvironment(
  engine: Engine,
  { bus, queues, secrets }: Endpoints,
): Record<string, string> {
  const { region, credentials } = CREDENTIALS;
  return {
    PATH: process.env.PATH ?? '',
    TZ: ':UTC',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    // A service that is not named below must not be reached on AWS.
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus,
    AWS_ENDPOINT_URL_SQS: queues,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
    ...({ OLD_ITEM_ON_REFUSAL: engine.oldItemOnRefusal } satisfies FunctionEnvironment),
  };
}
