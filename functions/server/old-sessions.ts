import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { orUnavailable, tryConditional } from '../store/dynamodb/client.ts';

/** Where connect-dynamodb keeps its sessions. */
export interface OldTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** What its keys begin with. */
  readonly prefix: string;
  /** The name of its key. */
  readonly hashKey: string;
}

/** A live session of express-session. */
export interface OldSession {
  readonly content: Readonly<Record<string, unknown>>;
  /** Epoch seconds, as connect-dynamodb writes it. */
  readonly expires: number;
}

/** That an old session is being moved, or was: what every request that brings it agrees on. */
export interface Claim {
  /** With the id of the old session it makes the credential of the new one. 32 random bytes. */
  readonly salt: Uint8Array;
  /** Epoch ms. */
  readonly claimedAt: number;
}

/** A claim outlives whatever a request under way could write back of the old session, s. */
const CLAIM_SECONDS = 86_400;

/** The rows of connect-dynamodb, as a move needs them. Its methods throw `ERR_STORE_UNAVAILABLE`. */
export function oldSessions(
  { client, tableName: TableName, prefix, hashKey }: OldTable,
  signal: AbortSignal,
) {
  const abort = { abortSignal: signal };
  const keyOf = (id: string) => ({ [hashKey]: { S: prefix + id } });
  // By its hash: nobody learns from the table the id that a browser's cookie still has.
  const claimOf = (id: string) => keyOf(`moved-${createHash('sha256').update(id).digest('base64url')}`);
  const get = async (Key: Record<string, AttributeValue>) =>
    (await orUnavailable(client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }), abort)))
      .Item;

  return {
    /** Undefined: there is none, or it has expired. */
    async read(id: string, now: number): Promise<OldSession | undefined> {
      const item = await get(keyOf(id));
      const expires = Number(item?.expires?.N ?? Math.ceil(now / 1000) + CLAIM_SECONDS);
      // A touch of connect-dynamodb that comes late leaves a row without content.
      if (item?.sess?.S === undefined || now >= expires * 1000) return undefined;
      const content = contentOf(item.sess.S);
      return content && { content, expires };
    },

    async readClaim(id: string): Promise<Claim | undefined> {
      const item = await get(claimOf(id));
      if (!item?.salt?.B) return undefined;
      return { salt: item.salt.B, claimedAt: Number(item.claimedAt?.N) };
    },

    /** Nothing, where there is one already. */
    async claim(id: string, { salt, claimedAt }: Claim, { expires }: OldSession): Promise<void> {
      const Item = {
        ...claimOf(id),
        type: { S: 'curfew-moved' },
        salt: { B: salt },
        claimedAt: { N: String(claimedAt) },
        expires: { N: String(Math.ceil(expires) + CLAIM_SECONDS) },
      };
      await tryConditional(
        client.send(
          new PutItemCommand({
            TableName,
            Item,
            ConditionExpression: 'attribute_not_exists(#key)',
            ExpressionAttributeNames: { '#key': hashKey },
          }),
          abort,
        ),
      );
    },

    /** So that the next request begins anew. */
    async forget(id: string, { salt }: Claim): Promise<void> {
      await tryConditional(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: claimOf(id),
            ConditionExpression: 'salt = :salt',
            ExpressionAttributeValues: { ':salt': { B: salt } },
          }),
          abort,
        ),
      );
    },

    /** Consumes the session. @returns false: somebody else has, or it was signed out */
    async consume(id: string): Promise<boolean> {
      const result = await tryConditional(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: keyOf(id),
            ConditionExpression: 'attribute_exists(sess)',
          }),
          abort,
        ),
      ).catch(async (error: unknown) => {
        if ((await get(keyOf(id)))?.sess) throw error;
        // It was done, and the reply to it lost.
        return { done: undefined };
      });
      // Of a delete that was sent twice, the first may have been done and its reply lost.
      return 'done' in result || result.rejected.retried;
    },
  };
}

/** Undefined: connect-dynamodb could not read it either, and takes it for none. */
function contentOf(text: string): OldSession['content'] | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
