import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { readPublishEnvironment } from '../environment.ts';
import { createObservers } from '../http/compose.ts';
import { createEventBus } from './bus.ts';
import { createPublishHandler } from './handler.ts';

const { BUS_NAME } = readPublishEnvironment();

export const handler = createPublishHandler({
  ...createObservers(),
  bus: createEventBus({
    client: new EventBridgeClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 500, requestTimeout: 3_000, throwOnRequestTimeout: true },
    }),
    busName: BUS_NAME,
    wait,
  }),
});
