import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { ATTRIBUTES } from '../../../core/contract.ts';

/** What is restored, and what as. */
export interface RestorePlan {
  /** The table whose past is restored. */
  readonly from: string;
  /** Name of the table that it becomes. One that exists is taken for an earlier attempt, and finished. */
  readonly to: string;
  /** The second that is restored. @default the latest, some five minutes ago */
  readonly at?: Date | undefined;
}

/** A restored table that a service can use. */
export interface RestoredTable {
  readonly tableArn: string;
  readonly streamArn: string;
}

export interface RestoreTools {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Told of each step before it is taken. */
  readonly say: (step: string) => void;
}

/** Between two looks at a table that is not ready. A restored one takes minutes to hours. */
const PAUSE_MS = 5_000;
/** How often a table is looked at before the command gives up: for a day. */
const MAX_LOOKS = 86_400_000 / PAUSE_MS;
/** How often it may be looked for in vain: what is begun may not be seen for some seconds. */
const MAX_ABSENCES = 60_000 / PAUSE_MS;
/** What becomes ACTIVE by itself. */
const ON_THE_WAY = new Set(['CREATING', 'UPDATING']);

/**
 * Restores a table as it was, and gives it what DynamoDB does not restore: the stream, without which nothing is announced,
 * TTL, point-in-time recovery and deletion protection. Each step looks first, so a run that was interrupted is run again.
 */
export async function restoreTable(plan: RestorePlan, tools: RestoreTools): Promise<RestoredTable> {
  const { client, say } = tools;
  const { from, to: TableName, at } = plan;
  let table = await describe(TableName, tools);
  if (!table) {
    say(`restores ${from} as ${TableName}, ${at ? `as of ${at.toISOString()}` : 'the latest that there is'}`);
    await client.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: from,
        TargetTableName: TableName,
        ...(at ? { RestoreDateTime: at } : { UseLatestRestorableTime: true }),
      }),
    );
  }
  table = await active(TableName, tools);
  if (!table.StreamSpecification?.StreamEnabled) {
    say('turns the stream on');
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
    await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    table = await active(TableName, tools);
  }
  if (!table.DeletionProtectionEnabled) {
    say('turns deletion protection on');
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
    table = await active(TableName, tools);
  }
  await keepTime(TableName, tools);
  await keepPast(TableName, tools);
  return { tableArn: table.TableArn ?? '', streamArn: table.LatestStreamArn ?? '' };
}

async function keepTime(TableName: string, { client, say }: RestoreTools): Promise<void> {
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (/^ENABL/.test(ttl?.TimeToLiveStatus ?? '')) return;
  say('turns TTL on');
  const TimeToLiveSpecification = { AttributeName: ATTRIBUTES.ttl, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

async function keepPast(TableName: string, { client, say }: RestoreTools): Promise<void> {
  const { ContinuousBackupsDescription: backups } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  if (backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED') return;
  say('turns point-in-time recovery on');
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
}

/**
 * Waits until the table and its indexes are there.
 *
 * @throws Error where they can't come to be: the table is gone, is being deleted, or is without its key; and after a day
 */
async function active(name: string, tools: RestoreTools): Promise<TableDescription> {
  let absences = 0;
  let waitedFor = '';
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const table = await describe(name, tools);
    if (table) {
      const missing = statesOf(table).filter((state) => state !== 'ACTIVE');
      if (missing.length === 0) return table;
      const stuck = missing.find((state) => !ON_THE_WAY.has(state));
      if (stuck !== undefined) throw new Error(`${name} can't be used: it, or an index of it, is ${stuck}`);
      [absences, waitedFor] = [0, missing.join(', ')];
    } else {
      absences += 1;
      if (absences > MAX_ABSENCES)
        throw new Error(`${name} is not there: the restore failed, or it was deleted`);
    }
    await tools.wait(PAUSE_MS);
  }
  throw new Error(`${name} is ${waitedFor} for a day: look at it, and run the same again to go on`);
}

/** Of the table and each index. An engine that is no DynamoDB may not say that of an index. */
function statesOf({ TableStatus, GlobalSecondaryIndexes = [] }: TableDescription): string[] {
  return [TableStatus, ...GlobalSecondaryIndexes.map(({ IndexStatus }) => IndexStatus)].filter(
    (state) => state !== undefined,
  );
}

async function describe(TableName: string, { client }: RestoreTools): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
