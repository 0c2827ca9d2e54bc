import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { readAll } from '../http-event.ts';
import { ACCOUNT, REGION } from '../intrinsics.ts';

export type Item = Record<string, AttributeValue>;

/** Operations that may change items. */
const WRITES = /\.(?:PutItem|UpdateItem|DeleteItem|BatchWriteItem)$/;

export interface ChangeFeedOptions {
  readonly keyAttribute: string;
  /** The item as it is now, by the value of its key. */
  readonly read: (key: string) => Promise<Item | undefined>;
  readonly onRecord: (record: DynamoDBRecord) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * The stream of a table, for an engine that has none. Every write to the engine's server passes through here: it
 * is run, the item is read, and what differs from the last known image becomes a record as DynamoDB Streams makes
 * it. Writes to the same item wait for each other, so that each gets its own record, in order.
 */
export class ChangeFeed {
  private readonly options: ChangeFeedOptions;
  private readonly images = new Map<string, Item>();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly service = new Set<string>();
  private sequence = 0;

  constructor(options: ChangeFeedOptions) {
    this.options = options;
  }

  /** Puts itself before the request listener of the engine's server. */
  attach(server: Server): void {
    const [engine] = server.listeners('request') as ((
      request: IncomingMessage,
      response: ServerResponse,
    ) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => void this.handle(request, response, engine!));
  }

  /** Marks the next deletion of an item as the work of TTL, as DynamoDB does. */
  deletedByService(key: string): void {
    this.service.add(key);
  }

  /** Resolves when every write that has come so far has its record. */
  async settled(): Promise<void> {
    while (this.turns.size > 0) await Promise.all(this.turns.values());
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
    engine: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<void> {
    const body = (await readAll(request)) ?? Buffer.alloc(0);
    const run = () => replay(request, body, response, engine);
    if (!WRITES.test(String(request.headers['x-amz-target']))) return run();
    const keys = writtenKeys(body, this.options.keyAttribute);
    await this.inTurn(keys, async () => {
      await run();
      for (const key of keys) await this.compare(key);
    });
  }

  /** Waits for the writes to the same keys that came before. All keys are claimed at once, so nobody deadlocks. */
  private async inTurn(keys: readonly string[], work: () => Promise<void>): Promise<void> {
    const before = keys.map((key) => this.turns.get(key));
    const turn = Promise.all(before).then(work);
    const settled = turn.catch(() => undefined);
    for (const key of keys) this.turns.set(key, settled);
    await settled;
    for (const key of keys) if (this.turns.get(key) === settled) this.turns.delete(key);
  }

  private async compare(key: string): Promise<void> {
    const before = this.images.get(key);
    const after = await this.options.read(key);
    const record = this.record(key, before, after);
    if (after) this.images.set(key, after);
    else this.images.delete(key);
    if (record) this.options.onRecord(record);
  }

  private record(key: string, before: Item | undefined, after: Item | undefined): DynamoDBRecord | undefined {
    if (isDeepStrictEqual(before, after)) return undefined;
    this.sequence += 1;
    const byService = after === undefined && this.service.delete(key);
    return {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.options.now() / 1000),
        Keys: { [this.options.keyAttribute]: { S: key } },
        ...(after && { NewImage: after }),
        ...(before && { OldImage: before }),
        SequenceNumber: String(this.sequence).padStart(21, '0'),
        SizeBytes: JSON.stringify([before, after]).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/curfew/stream/local`,
      ...(byService && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    };
  }
}

/** Gives the engine the request again, body included, and waits until it has answered. */
function replay(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  engine: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<void> {
  const again = Object.assign(Readable.from(body.length > 0 ? [body] : []), {
    method: request.method,
    url: request.url,
    headers: request.headers,
    httpVersion: request.httpVersion,
  });
  return new Promise((resolve) => {
    response.once('close', resolve).once('finish', resolve);
    engine(again as unknown as IncomingMessage, response);
  });
}

/** Values of the key of every item that a write names, whether or not it succeeds. */
export function writtenKeys(body: Buffer, keyAttribute: string): string[] {
  let parsed: {
    Key?: Item;
    Item?: Item;
    RequestItems?: Record<string, { PutRequest?: { Item?: Item }; DeleteRequest?: { Key?: Item } }[]>;
  };
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return [];
  }
  const requests = Object.values(parsed.RequestItems ?? {}).flat();
  const items = [
    parsed.Key,
    parsed.Item,
    ...requests.map((request) => request?.PutRequest?.Item ?? request?.DeleteRequest?.Key),
  ];
  const keys = items.map((item) => item?.[keyAttribute]?.S).filter((key) => typeof key === 'string');
  return [...new Set(keys)];
}
