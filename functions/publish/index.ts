import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CONNECT_TIMEOUT_MS } from '../attempts.ts';
import { readPublishEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { GUARDED_STORE } from '../store/dynamodb/store.ts';
import { createEventBus } from './bus.ts';
import { createFailureQueue } from './failure-queue.ts';
import { createPublishHandler } from './handler.ts';

const environment = readPublishEnvironment();
const { BUS_NAME, FAILURE_QUEUE_URL, SESSION_SERVICE } = environment;
const observers = { ...createObservers(environment), now: () => Date.now() };

/** Three attempts take 11 s at the most, waits between them included: as long as the handler gives the failure queue. */
const CLIENT = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
};

export const handler = createPublishHandler({
  ...observers,
  // Its role writes no more of a session than its end.
  store: createStore({ ...environment, OLD_ITEM_ON_REFUSAL: GUARDED_STORE.oldItemOnRefusal }, observers),
  bus: createEventBus({
    client: new EventBridgeClient(CLIENT),
    busName: BUS_NAME,
    service: SESSION_SERVICE,
    wait,
  }),
  failureQueue: createFailureQueue({
    // The endpoint of the region, where the queue is. By default, the SDK would take the one in the queue's URL.
    createClient: () => new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false }),
    queueUrl: FAILURE_QUEUE_URL,
  }),
});
