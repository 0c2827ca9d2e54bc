import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SIGN_IN_KEY_PREFIX } from '../../../core/contract.ts';
import type { SignIn, SignInStore } from '../sign-in-store.ts';
import { orUnavailable, tryConditional } from './client.ts';
import {
  bytesIn,
  flagIn,
  number,
  numberIn,
  ROW_VERSION,
  type SessionItem,
  text,
  textIn,
  ttlOf,
} from './item.ts';
import type { Table } from './table.ts';

/** TTL only tidies up; the caller that takes a sign-in checks its age. */
const KEEP_MS = 60 * 60_000;

const keyOf = (state: string) => ({ pk: text(SIGN_IN_KEY_PREFIX + state) });

/** Sign-ins under way, in the same table as the sessions. */
export function createSignInStore({ send, name: TableName }: Table): SignInStore {
  return {
    async put(signIn) {
      await orUnavailable(send(new PutItemCommand({ TableName, Item: toItem(signIn) })));
    },

    /**
     * A take whose reply was lost finds nothing when it is tried again: the user signs in once more. The
     * condition lets one of two concurrent takes succeed on DynamoDB Local too, which returned the old item to both.
     */
    async take(state) {
      const command = new DeleteItemCommand({
        TableName,
        Key: keyOf(state),
        ConditionExpression: 'attribute_exists(pk)',
        ReturnValues: 'ALL_OLD',
      });
      const result = await tryConditional(send(command));
      return 'done' in result ? toSignIn(state, result.done.Attributes ?? {}) : undefined;
    },
  };
}

function toItem(signIn: SignIn): SessionItem {
  return {
    ...keyOf(signIn.state),
    v: number(ROW_VERSION),
    browserHash: { B: signIn.browserHash },
    codeVerifier: text(signIn.codeVerifier),
    nonce: text(signIn.nonce),
    returnTo: text(signIn.returnTo),
    startedAt: number(signIn.startedAt),
    reauthenticate: { BOOL: signIn.reauthenticate },
    ...(signIn.previousSessionId !== undefined && { previousSessionId: text(signIn.previousSessionId) }),
    ttl: number(ttlOf(signIn.startedAt, KEEP_MS)),
  };
}

/** @throws SessionError `ERR_INTERNAL`, naming the attribute, for a row that this project did not write */
function toSignIn(state: string, item: SessionItem): SignIn {
  return {
    state,
    browserHash: bytesIn(item, 'browserHash'),
    codeVerifier: textIn(item, 'codeVerifier'),
    nonce: textIn(item, 'nonce'),
    returnTo: textIn(item, 'returnTo'),
    startedAt: numberIn(item, 'startedAt'),
    reauthenticate: flagIn(item, 'reauthenticate'),
    previousSessionId: item.previousSessionId?.S,
  };
}
