import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { answered, conditional } from './client.ts';
import { n, type SessionItem, s, ttlOf } from './item.ts';
import type { SignIn, SignInStore } from './store.ts';

/** TTL only tidies up; whoever takes a sign-in checks its age. */
const KEEP_MS = 60 * 60_000;

const keyOf = (state: string) => ({ pk: s(`signin#${state}`) });

/** Sign-ins under way, in the same table. */
export function createSignIns(client: DynamoDBClient, TableName: string): SignInStore {
  return {
    async put(signIn) {
      await answered(client.send(new PutItemCommand({ TableName, Item: toItem(signIn) })));
    },

    /**
     * A take whose reply was lost finds nothing when it is tried again: the user signs in once more. The
     * condition makes it once on DynamoDB Local too, which returned the old item to both of two that raced.
     */
    async take(state) {
      const command = new DeleteItemCommand({
        TableName,
        Key: keyOf(state),
        ConditionExpression: 'attribute_exists(pk)',
        ReturnValues: 'ALL_OLD',
      });
      const result = await conditional(client.send(command));
      return 'done' in result ? toSignIn(state, result.done.Attributes!) : undefined;
    },
  };
}

function toItem(signIn: SignIn): SessionItem {
  return {
    ...keyOf(signIn.state),
    browserHash: { B: signIn.browserHash },
    codeVerifier: s(signIn.codeVerifier),
    nonce: s(signIn.nonce),
    returnTo: s(signIn.returnTo),
    startedAt: n(signIn.startedAt),
    reauthenticate: { BOOL: signIn.reauthenticate },
    ...(signIn.previousSessionId !== undefined && { previousSessionId: s(signIn.previousSessionId) }),
    ttl: n(ttlOf(signIn.startedAt, KEEP_MS)),
  };
}

function toSignIn(state: string, item: SessionItem): SignIn {
  return {
    state,
    browserHash: item.browserHash!.B!,
    codeVerifier: item.codeVerifier!.S!,
    nonce: item.nonce!.S!,
    returnTo: item.returnTo!.S!,
    startedAt: Number(item.startedAt!.N),
    reauthenticate: item.reauthenticate!.BOOL!,
    previousSessionId: item.previousSessionId?.S,
  };
}
