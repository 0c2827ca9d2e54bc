import { createServer, type IncomingMessage } from 'node:http';
import { close, listen } from '../../dev/machine/loopback.ts';
import { EventBus } from '../../local/event-bus.ts';
import { MessageQueues } from '../../local/message-queues.ts';
import type { Engine } from '../support/engines.ts';
import { createKinds, type Kinds } from './evaluate.ts';
import { type Call, keyRequestsOf, requestOf } from './requests.ts';

/** A call and the headers that it is signed with. */
interface SignedCall extends Call {
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecorderOptions {
  readonly engine: Engine;
  /** Names of the event buses. */
  readonly buses: readonly string[];
  /** URLs of the queues. */
  readonly queues: readonly string[];
  /** The values of the secrets that were there before, by ARN. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** All of AWS that the functions call, on one address. It keeps what it was asked. */
export interface Recorder {
  readonly endpoint: string;
  readonly kinds: Kinds;
  /** What is going on, for the requests that follow. */
  path: string;
  /** Called before a request reaches the table, to change a row under the function's hands. */
  before: (call: Call) => Promise<unknown>;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly payload: object;
}

export async function startRecorder({ engine, buses, queues, secrets }: RecorderOptions): Promise<Recorder> {
  const bus = new EventBus({ buses, now: () => Date.now(), onEvent: () => undefined });
  const queue = new MessageQueues({ queues, onMessage: () => undefined });

  async function ask(call: Pick<SignedCall, 'headers' | 'input'>): Promise<Reply> {
    const response = await fetch(engine.endpoint, {
      method: 'POST',
      headers: { ...call.headers, 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(call.input),
    });
    return { status: response.status, payload: (await response.json()) as object };
  }

  async function table(call: SignedCall): Promise<Reply> {
    await self.before(call);
    const reply = await ask(call);
    const { TableName, Key, ReturnValuesOnConditionCheckFailure: asked } = call.input;
    if (reply.status !== 400 || asked !== 'ALL_OLD' || engine.oldItemOnRefusal === 'returned') return reply;
    // The item that rejected a write, which dynalite does not return. It checks no signature.
    const headers = { ...call.headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' };
    const old = await ask({ headers, input: { TableName, Key, ConsistentRead: true } });
    return { ...reply, payload: { ...reply.payload, ...old.payload } };
  }

  async function answer(call: SignedCall): Promise<Reply> {
    const { service, target, input } = call;
    if (service === 'dynamodb') return table(call);
    if (service === 'events') return bus.answer(target, JSON.stringify(input));
    if (service === 'sqs') return queue.answer(target, JSON.stringify(input));
    if (service !== 'secretsmanager') throw new Error(`nothing here answers ${target}`);
    const { SecretId = '' } = input;
    // The value of a secret that the template makes is not in the template.
    return { status: 200, payload: { ARN: SecretId, SecretString: secrets[SecretId] ?? 's'.repeat(64) } };
  }

  const server = createServer(async (incoming, response) => {
    const { path } = self;
    const call = await callIn(incoming);
    const { status, payload } = await answer(call);
    for (const request of [requestOf(call, payload), ...keyRequestsOf(call)]) {
      self.kinds.add({ path, ...request });
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(payload));
  });
  const self: Recorder = {
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    kinds: createKinds(),
    path: '',
    before: async () => undefined,
    close: () => close(server),
  };
  return self;
}

/** The call in a signed request of the SDK. The access key is the name of the role: see `startService`. */
async function callIn(incoming: IncomingMessage): Promise<SignedCall> {
  const { authorization = '', 'x-amz-target': target, 'x-amz-date': date } = incoming.headers;
  const [, role, service] = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(authorization) ?? [];
  if (!role || !service || typeof target !== 'string') throw new Error('not a request of the SDK');
  const input = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
  const headers = { authorization, 'x-amz-target': target, 'x-amz-date': String(date) };
  return { role, service, target, input, headers };
}
