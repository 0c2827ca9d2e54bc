import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Kinds } from './evaluate.ts';
import { type Call, requestOf } from './requests.ts';

/** Keeps what a client asks of the table, as a function's that has this role. */
export function watchRequests(client: DynamoDBClient, role: string, kinds: Kinds): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const target = `DynamoDB_20120810.${commandName.replace(/Command$/, '')}`;
        // What the SDK sends is what it was given, but for binary values, of which nothing is looked at.
        const call: Call = { role, service: 'dynamodb', target, input: args.input as Call['input'] };
        const keep = (reply: object) => kinds.add({ path: 'a history', ...requestOf(call, reply) });
        try {
          const result = await next(args);
          keep(result.output);
          return result;
        } catch (error) {
          // A rejected write may bring the item that it met.
          keep(error as object);
          throw error;
        }
      },
    { step: 'initialize', name: 'watchRequests' },
  );
}
