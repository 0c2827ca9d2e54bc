import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SIGN_IN_KEY_PREFIX } from '../../../core/contract.ts';
import { sha256 } from '../hash.ts';
import type { SignInStore } from '../sign-in-store.ts';
import { tryConditional } from './client.ts';
import { number, ROW_VERSION, text, ttlOf } from './item.ts';
import type { Table } from './table.ts';

/** Much longer than a sign-in may take, which its state says itself. TTL removes what is older. */
const KEEP_MS = 60 * 60_000;

/** Sign-ins that were finished, in the same table as the sessions. */
export function createSignInStore({ send, name: TableName }: Table): SignInStore {
  return {
    async finishSignIn({ state, attempt, startedAt }) {
      const command = new PutItemCommand({
        TableName,
        Item: {
          pk: text(keyOf(state)),
          v: number(ROW_VERSION),
          attempt: text(attempt),
          ttl: number(ttlOf(startedAt, KEEP_MS)),
        },
        ConditionExpression: 'attribute_not_exists(pk) OR attempt = :attempt',
        ExpressionAttributeValues: { ':attempt': text(attempt) },
      });
      return 'done' in (await tryConditional(send(command)));
    },
  };
}

/** The hash, since a state is longer than a key may be, and opens for as long as it is young. */
function keyOf(state: string): string {
  return SIGN_IN_KEY_PREFIX + Buffer.from(sha256(state)).toString('base64url');
}
