import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SessionError } from '../../../core/errors.ts';
import { createDynamoClient } from '../../store/dynamodb/client.ts';
import { createDynamoStore } from '../../store/dynamodb/store.ts';
import { administer, readRequest } from '../admin.ts';
import { AdminReply } from '../protocol.ts';
import type { Command, RestoreCommand } from './arguments.ts';
import { type RestoredTable, type RestoreTools, restoreTable } from './restore.ts';
import type { Administer } from './run.ts';

/**
 * Connects to the sessions, by function or by table.
 *
 * @param now the clock, read once a request. Epoch ms
 */
export function connector(now: () => number): (where: Command['where']) => Administer {
  return (where) => (where.kind === 'function' ? byFunction(where) : byTable(where, now));
}

/** Restores a table, as a command says. */
export function restorer(
  wait: RestoreTools['wait'],
): (command: RestoreCommand, say: RestoreTools['say']) => Promise<RestoredTable> {
  return ({ restore, endpoint, region }, say) =>
    restoreTable(restore, {
      client: createDynamoClient({ endpoint, region, requestTimeoutMs: 10_000 }),
      wait,
      say,
    });
}

/** The admin function has its own clock and its own table. */
function byFunction({ name, region }: Extract<Command['where'], { kind: 'function' }>): Administer {
  const client = new LambdaClient({ ...(region !== undefined && { region }) });
  return async (request) => {
    const Payload = JSON.stringify(request);
    const { FunctionError, Payload: reply } = await client.send(
      new InvokeCommand({ FunctionName: name, Payload }),
    );
    if (FunctionError !== undefined) throw new Error(`the function failed: ${FunctionError}`);
    const answer = AdminReply.safeParse(JSON.parse(Buffer.from(reply ?? []).toString()));
    if (!answer.success) throw new Error(`function ${name}: its answer is not one of an admin function`);
    if (!('problem' in answer.data)) return answer.data;
    const { code, detail } = answer.data.problem;
    throw new SessionError(code, detail === undefined ? {} : { detail });
  };
}

function byTable(where: Extract<Command['where'], { kind: 'table' }>, now: () => number): Administer {
  const { name, endpoint, region, retentionMs } = where;
  const store = createDynamoStore({
    client: createDynamoClient({ endpoint, region }),
    tableName: name,
    retentionMs,
    // For new sessions, and this creates none.
    dueShards: 1,
    // An endpoint may be dynalite's, which does not return the item that rejected a write.
    oldItemOnRefusal: endpoint === undefined ? 'returned' : 'read',
  });
  return (request) => administer(readRequest(request), { store, now: now() });
}
