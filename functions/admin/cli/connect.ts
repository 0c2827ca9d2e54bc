import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SessionError } from '../../../core/errors.ts';
import { createDynamoClient } from '../../store/dynamodb/client.ts';
import { createDynamoStore } from '../../store/dynamodb/store.ts';
import { administer, readRequest } from '../admin.ts';
import { AdminReply } from '../protocol.ts';
import type { Command, RestoreCommand } from './arguments.ts';
import { type RestoredTable, type RestoreTools, restoreTable } from './restore.ts';
import type { Administer } from './run.ts';

/** What of the configuration of AWS a request needs, as its clients have it. */
interface Configured {
  readonly config: {
    readonly region: () => Promise<string>;
    readonly credentials: () => Promise<unknown>;
  };
}

/** @throws Error saying what is missing, and how to give it: what fails later reads like an outage */
async function assertConfigured({ config }: Configured): Promise<void> {
  const missing = (what: string) => (cause: unknown) => {
    throw new Error(what, { cause });
  };
  await config
    .region()
    .catch(missing('no AWS region: name it with --region, or in AWS_REGION, or in a profile (AWS_PROFILE)'));
  await config
    .credentials()
    .catch(
      missing('no AWS credentials: sign in (aws sso login), or name a profile (AWS_PROFILE) that has some'),
    );
}

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
  return async ({ restore, endpoint, region }, say) => {
    const client = createDynamoClient({ endpoint, region, requestTimeoutMs: 10_000 });
    await assertConfigured(client);
    return restoreTable(restore, { client, wait, say });
  };
}

/** The admin function has its own clock and its own table. */
function byFunction({ name, region }: Extract<Command['where'], { kind: 'function' }>): Administer {
  const client = new LambdaClient({ ...(region !== undefined && { region }) });
  return async (request) => {
    await assertConfigured(client);
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
  const client = createDynamoClient({ endpoint, region });
  const store = createDynamoStore({
    client,
    tableName: name,
    retentionMs,
    // For new sessions, and this creates none.
    dueShards: 1,
    // An endpoint may be dynalite's, which does not return the item that rejected a write.
    oldItemOnRefusal: endpoint === undefined ? 'returned' : 'read',
  });
  return async (request) => {
    await assertConfigured(client);
    return administer(readRequest(request), { store, now: now() });
  };
}
