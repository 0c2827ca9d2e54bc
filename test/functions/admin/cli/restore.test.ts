import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { readArguments } from '../../../../functions/admin/cli/arguments.ts';
import { type RestorePlan, restoreTable } from '../../../../functions/admin/cli/restore.ts';

/** A table as DynamoDB restores one: its rows and indexes, and nothing that is set beside them. */
const RESTORED = {
  TableStatus: 'ACTIVE' as 'ACTIVE' | 'CREATING',
  TableArn: 'arn:restored',
  LatestStreamArn: undefined as string | undefined,
  StreamSpecification: undefined as { StreamEnabled: boolean } | undefined,
  DeletionProtectionEnabled: false,
  GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE' as const }],
};

let table: typeof RESTORED | undefined;
let ttl = 'DISABLED' as 'DISABLED' | 'ENABLED';
let recovery = 'DISABLED' as 'DISABLED' | 'ENABLED';
let looks = 0;
const dynamo = mockClient(DynamoDBClient);

beforeEach(() => {
  table = undefined;
  [ttl, recovery, looks] = ['DISABLED', 'DISABLED', 0];
  dynamo.reset();
  dynamo.on(DescribeTableCommand).callsFake(() => {
    if (!table) throw new ResourceNotFoundException({ message: 'none', $metadata: {} });
    looks += 1;
    // What was begun takes two looks.
    if (looks % 3 === 0) table = { ...table, TableStatus: 'ACTIVE' };
    return { Table: table };
  });
  dynamo.on(RestoreTableToPointInTimeCommand).callsFake(() => {
    table = { ...RESTORED, TableStatus: 'CREATING' };
    return {};
  });
  dynamo.on(UpdateTableCommand).callsFake(({ StreamSpecification, DeletionProtectionEnabled }) => {
    if (table?.TableStatus !== 'ACTIVE') throw new Error('the table is not active');
    const stream = StreamSpecification && { StreamSpecification, LatestStreamArn: 'arn:restored/stream/1' };
    table = { ...table, ...stream, ...(DeletionProtectionEnabled && { DeletionProtectionEnabled }) };
    return {};
  });
  dynamo
    .on(DescribeTimeToLiveCommand)
    .callsFake(() => ({ TimeToLiveDescription: { TimeToLiveStatus: ttl } }));
  dynamo.on(UpdateTimeToLiveCommand).callsFake(() => {
    ttl = 'ENABLED';
    return {};
  });
  dynamo.on(DescribeContinuousBackupsCommand).callsFake(() => ({
    ContinuousBackupsDescription: {
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: recovery },
    },
  }));
  dynamo.on(UpdateContinuousBackupsCommand).callsFake(() => {
    recovery = 'ENABLED';
    return {};
  });
});

async function restore(plan: Partial<RestorePlan> = {}) {
  const steps: string[] = [];
  let waits = 0;
  const restored = await restoreTable(
    { from: 'before', to: 'after', ...plan },
    {
      client: new DynamoDBClient({ region: 'us-east-1' }),
      wait: async () => {
        waits += 1;
      },
      say: (step) => void steps.push(step),
    },
  );
  return { restored, steps, waits };
}

describe('a restored table', () => {
  test('gets what DynamoDB does not restore: stream, TTL, recovery and protection', async () => {
    const { restored, waits } = await restore();
    expect(restored).toEqual({ tableArn: 'arn:restored', streamArn: 'arn:restored/stream/1' });
    expect(waits).toBeGreaterThan(0);
    expect(table).toMatchObject({
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      DeletionProtectionEnabled: true,
    });
    expect([ttl, recovery]).toEqual(['ENABLED', 'ENABLED']);
    const [attribute] = dynamo.commandCalls(UpdateTimeToLiveCommand);
    expect(attribute?.args[0].input.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
  });

  test('is of the time that is asked for, or the latest', async () => {
    const at = new Date('2026-11-27T10:00:00Z');
    await restore({ at });
    table = undefined;
    await restore();
    const asked = dynamo.commandCalls(RestoreTableToPointInTimeCommand).map(({ args }) => args[0].input);
    const tables = { SourceTableName: 'before', TargetTableName: 'after' };
    expect(asked).toEqual([
      { ...tables, RestoreDateTime: at },
      { ...tables, UseLatestRestorableTime: true },
    ]);
  });

  describe('that can’t come to be', () => {
    /** Every look at the table from now on, and how often the command waited between two. */
    const failing = async (seen: object | undefined) => {
      let waits = 0;
      dynamo.on(DescribeTableCommand).callsFake(() => {
        if (!seen) throw new ResourceNotFoundException({ message: 'none', $metadata: {} });
        return { Table: { ...RESTORED, ...seen } };
      });
      const tools = {
        client: new DynamoDBClient({ region: 'us-east-1' }),
        wait: async () => {
          waits += 1;
        },
        say: () => undefined,
      };
      const message = await restoreTable({ from: 'before', to: 'after' }, tools).then(
        () => 'restored',
        (error: Error) => error.message,
      );
      return { message, waits };
    };

    test.each(['DELETING', 'INACCESSIBLE_ENCRYPTION_CREDENTIALS', 'ARCHIVED', 'REPLICATION_NOT_AUTHORIZED'])(
      'is told at once: %s',
      async (TableStatus) => {
        expect(await failing({ TableStatus })).toEqual({
          message: `after can't be used: it, or an index of it, is ${TableStatus}`,
          waits: 0,
        });
      },
    );

    test('nor an index of it, either', async () => {
      const { message } = await failing({
        TableStatus: 'UPDATING',
        GlobalSecondaryIndexes: [{ IndexStatus: 'DELETING' }],
      });
      expect(message).toContain('is DELETING');
    });

    test('is told once it has not been seen for a minute: the restore failed', async () => {
      const { message, waits } = await failing(undefined);
      expect(message).toBe('after is not there: the restore failed, or it was deleted');
      expect(waits * 5).toBe(60);
    });

    test('is told after a day', async () => {
      const { message, waits } = await failing({ TableStatus: 'CREATING' });
      expect(message).toMatch(/^after is CREATING for a day: .* run the same again to go on$/);
      expect(waits * 5).toBe(24 * 60 * 60);
    });
  });

  test('that is there already is finished, and one that is finished is left alone', async () => {
    table = { ...RESTORED, DeletionProtectionEnabled: true };
    ttl = 'ENABLED';
    expect((await restore()).steps).toEqual(['turns the stream on', 'turns point-in-time recovery on']);
    expect((await restore()).steps).toEqual([]);
    expect(dynamo.commandCalls(RestoreTableToPointInTimeCommand)).toHaveLength(0);
  });
});

describe('the command', () => {
  const read = (...argv: string[]) => readArguments(['restore', '--table', 'before', ...argv]);

  test('needs no actor, and takes a time with its zone', () => {
    expect(read('--to', 'after', '--at', '2026-11-27T10:00:00+01:00')).toMatchObject({
      restore: { from: 'before', to: 'after', at: new Date('2026-11-27T09:00:00Z') },
    });
    expect(read('--to', 'after')).toMatchObject({ restore: { at: undefined } });
  });

  test.each([
    [[], /restore: --table/],
    [['--to', 'before'], /restore: --table/],
    [['--to', 'after', '--function', 'admin'], /restore: --table/],
    [['--to', 'after', '--at', 'yesterday'], /--at: a time/],
    [['--to', 'after', '--at', '2026-11-27T10:00:00'], /--at: a time/],
    [['--to', 'after', '--endpoint', 'nowhere'], /--endpoint: a URL/],
  ])('refuses %p', (argv, message) => {
    expect(() => read(...argv)).toThrow(message);
  });

  test('is the only one that takes a new name or a time', () => {
    const argv = ['sessions', 'list', '--subject', 'ada', '--table', 'x', '--actor', 'ops', '--to', 'y'];
    expect(() => readArguments(argv)).toThrow('--to and --at go with restore');
  });
});
