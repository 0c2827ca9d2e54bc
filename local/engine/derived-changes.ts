import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { REGION, streamArn } from '../aws.ts';
import { readBody } from '../http/body.ts';
import { isRecord, parseJson } from '../json.ts';
import type { LocalTable } from '../template/tables.ts';
import type { Changes, OnRecord } from './changes.ts';
import { type Item, itemId, keyOf } from './item.ts';

/** Operations that may change items. */
const WRITES = /\.(?:PutItem|UpdateItem|DeleteItem|BatchWriteItem)$/;

/** Attributes of an item in a request: the engine checks them. */
const ItemInJson = z.record(z.string(), z.custom<AttributeValue>(isRecord));
/** What is read of the body of a write. */
const Write = z.object({
  TableName: z.optional(z.string()),
  Key: z.optional(ItemInJson),
  Item: z.optional(ItemInJson),
  RequestItems: z.optional(
    z.record(
      z.string(),
      z.array(
        z.object({
          PutRequest: z.optional(z.object({ Item: ItemInJson })),
          DeleteRequest: z.optional(z.object({ Key: ItemInJson })),
        }),
      ),
    ),
  ),
});

export interface DerivedChangesOptions {
  /** The item as it is now. */
  readonly read: (tableName: string, key: Item) => Promise<Item | undefined>;
  /** Epoch ms. */
  readonly now: () => number;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** An item that a write names. */
interface Written {
  readonly id: string;
  readonly tableName: string;
  readonly key: Item;
}

/**
 * The streams of an engine that has none. Every write to the engine's server passes through here: it is run, the
 * item is read, and what differs from the last known image becomes a record as DynamoDB Streams makes it. Writes to
 * the same item wait for each other, so that each gets its own record, in order.
 */
export class DerivedChanges implements Changes {
  private readonly options: DerivedChangesOptions;
  private readonly subscriptions = new Map<
    string,
    { readonly table: LocalTable; readonly onRecord: OnRecord }
  >();
  private readonly images = new Map<string, Item>();
  private readonly turns = new Map<string, Promise<void>>();
  private sequence = 0;

  constructor(options: DerivedChangesOptions) {
    this.options = options;
  }

  /** Puts itself before the request listener of the engine's server. */
  attach(server: Server): void {
    // A server of Node's has listeners of this kind for its requests.
    const [engine] = server.listeners('request') as Listener[];
    if (!engine) throw new Error('the engine does not listen to requests yet');
    server.removeAllListeners('request');
    server.on('request', (request, response) => void this.handle(request, response, engine));
  }

  subscribe(table: LocalTable, onRecord: OnRecord): void {
    this.subscriptions.set(table.name, { table, onRecord });
  }

  async settled(): Promise<void> {
    while (this.turns.size > 0) await Promise.all(this.turns.values());
  }

  async close(): Promise<void> {}

  private async handle(request: IncomingMessage, response: ServerResponse, engine: Listener): Promise<void> {
    const body = await readBody(request).catch(() => undefined);
    // It broke off, or is larger than any that the engine takes.
    if (body === undefined) return void response.writeHead(413, { connection: 'close' }).end();
    const run = () => replay(request, body, response, engine);
    if (!WRITES.test(String(request.headers['x-amz-target']))) return run();
    const written = this.written(body);
    await this.inTurn(written, async () => {
      await run();
      for (const one of written) await this.compare(one);
    });
  }

  /** Waits for the writes to the same items that came before. All are claimed at once, so there is no deadlock. */
  private async inTurn(written: readonly Written[], work: () => Promise<void>): Promise<void> {
    const ids = written.map(({ id }) => id);
    const before = ids.map((id) => this.turns.get(id));
    const turn = Promise.all(before).then(work);
    const settled = turn.catch(() => undefined);
    for (const id of ids) this.turns.set(id, settled);
    await settled;
    for (const id of ids) if (this.turns.get(id) === settled) this.turns.delete(id);
  }

  private async compare({ id, tableName, key }: Written): Promise<void> {
    const before = this.images.get(id);
    const after = await this.options.read(tableName, key);
    if (after) this.images.set(id, after);
    else this.images.delete(id);
    if (isDeepStrictEqual(before, after)) return;
    this.subscriptions.get(tableName)?.onRecord(this.record(tableName, key, before, after));
  }

  private record(tableName: string, key: Item, before?: Item, after?: Item): DynamoDBRecord {
    this.sequence += 1;
    return {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.options.now() / 1000),
        Keys: key,
        ...(after && { NewImage: after }),
        ...(before && { OldImage: before }),
        SequenceNumber: String(this.sequence).padStart(21, '0'),
        SizeBytes: JSON.stringify([before, after]).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: streamArn(tableName),
    };
  }

  /** The items of subscribed tables that a write names, each once, whether or not it succeeds. */
  private written(body: Buffer): Written[] {
    const written = new Map<string, Written>();
    for (const [tableName, item] of writtenItems(parseJson(body.toString('utf8')))) {
      const subscription = this.subscriptions.get(tableName);
      if (!subscription) continue;
      const key = keyOf(item, subscription.table.keyAttributes);
      const id = itemId(tableName, key);
      written.set(id, { id, tableName, key });
    }
    return [...written.values()];
  }
}

/** Gives the engine the request again, body included, and waits until it has answered. */
function replay(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  engine: Listener,
): Promise<void> {
  const again = Object.assign(Readable.from(body.length > 0 ? [body] : []), {
    method: request.method,
    url: request.url,
    headers: request.headers,
    httpVersion: request.httpVersion,
  });
  return new Promise((resolve) => {
    response.once('close', resolve).once('finish', resolve);
    // What the engine reads of a request is there.
    engine(again as unknown as IncomingMessage, response);
  });
}

/** Key or item of every write that a request holds, with the name of its table. */
function writtenItems(request: unknown): [tableName: string, item: Item][] {
  const { TableName = '', Key, Item, RequestItems = {} } = Write.safeParse(request).data ?? {};
  const batch = Object.entries(RequestItems).flatMap(([tableName, requests]) =>
    requests.map(
      ({ PutRequest, DeleteRequest }) => [tableName, PutRequest?.Item ?? DeleteRequest?.Key] as const,
    ),
  );
  return [[TableName, Key ?? Item] as const, ...batch].flatMap(([tableName, item]) =>
    item ? [[tableName, item]] : [],
  );
}
