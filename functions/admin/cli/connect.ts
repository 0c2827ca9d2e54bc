import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SessionError } from '../../../core/errors.ts';
import type { Problem } from '../../../core/protocol.ts';
import { createDynamoClient } from '../../store/dynamodb/client.ts';
import { createDynamoStore } from '../../store/dynamodb/store.ts';
import { administer } from '../admin.ts';
import type { AdminAnswer } from '../protocol.ts';
import type { Command } from './arguments.ts';
import type { Administer } from './run.ts';

/** @param now the clock, read once a request. Epoch ms */
export function connector(now: () => number): (where: Command['where']) => Administer {
  return (where) => (where.kind === 'function' ? byFunction(where) : byTable(where, now));
}

/** The admin function judges by its own clock and its own table. */
function byFunction({ name, region }: Extract<Command['where'], { kind: 'function' }>): Administer {
  const client = new LambdaClient({ ...(region !== undefined && { region }) });
  return async (request) => {
    const Payload = JSON.stringify(request);
    const reply = await client.send(new InvokeCommand({ FunctionName: name, Payload }));
    const text = Buffer.from(reply.Payload ?? []).toString();
    if (reply.FunctionError !== undefined) throw new Error(`the function failed: ${reply.FunctionError}`);
    const answer = JSON.parse(text) as AdminAnswer | { problem: Problem };
    if ('problem' in answer) throw new SessionError(answer.problem.code, pickDetail(answer.problem));
    return answer;
  };
}

function pickDetail({ detail }: Problem): { detail?: string } {
  return detail === undefined ? {} : { detail };
}

function byTable(where: Extract<Command['where'], { kind: 'table' }>, now: () => number): Administer {
  const { name, endpoint, region, retentionMs } = where;
  const store = createDynamoStore({
    client: createDynamoClient({ endpoint, region }),
    tableName: name,
    retentionMs,
    // Of new sessions, and this makes none.
    dueShards: 1,
    // dynalite behind an endpoint says nothing of what refused a write.
    oldItemOnRefusal: endpoint === undefined ? 'returned' : 'read',
  });
  return (request) => administer(request, { store, now: now() });
}
