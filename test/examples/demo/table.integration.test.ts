import { CreateTableCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NotesUnavailableError } from '../../../examples/demo/api/notes.ts';
import { createNoteTable } from '../../../examples/demo/api/table.ts';
import { type Engine, startDynalite } from '../../support/engines.ts';

const TABLE = 'notes';
const START = 1_700_000_000_000;

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
  await engine.client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'subject', AttributeType: 'S' },
        { AttributeName: 'noteId', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'subject', KeyType: 'HASH' },
        { AttributeName: 'noteId', KeyType: 'RANGE' },
      ],
    }),
  );
});
afterAll(() => engine.stop());

test("lists a user's newest thirty notes, newest first", async () => {
  const notes = createNoteTable(engine.client, TABLE);
  expect(await notes.list('ada')).toEqual([]);
  for (let index = 1; index <= 31; index += 1) {
    await notes.save('ada', { text: `note ${index}`, savedAt: START + index });
  }
  const kept = await notes.list('ada');
  expect(kept).toHaveLength(30);
  expect(kept[0]).toEqual({ text: 'note 31', savedAt: START + 31 });
  expect(kept.at(-1)).toEqual({ text: 'note 2', savedAt: START + 2 });
  expect(await notes.list('grace')).toEqual([]);
});

test('keeps two notes of the same millisecond, and forgets each a day later', async () => {
  const notes = createNoteTable(engine.client, TABLE);
  await notes.save('twice', { text: 'one', savedAt: START + 1 });
  await notes.save('twice', { text: 'two', savedAt: START + 1 });
  expect((await notes.list('twice')).map(({ text }) => text).sort()).toEqual(['one', 'two']);
  const { Items = [] } = await engine.client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'subject = :subject',
      ExpressionAttributeValues: { ':subject': { S: 'twice' } },
    }),
  );
  expect(Items.map(({ ttl }) => ttl)).toEqual(Array(2).fill({ N: String(START / 1_000 + 86_400 + 1) }));
});

test('lists the largest notes in one page, whatever their alphabet', async () => {
  const notes = createNoteTable(engine.client, TABLE);
  for (let savedAt = START; savedAt < START + 31; savedAt += 1) {
    await notes.save('large', { text: '\u{1f319}'.repeat(1_000), savedAt });
  }
  expect(await notes.list('large')).toHaveLength(30);
}, 60_000);

test('a table that is not there is NotesUnavailableError, with the cause', async () => {
  const notes = createNoteTable(engine.client, 'elsewhere');
  const failure = await notes.list('ada').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotesUnavailableError);
  expect(failure).toHaveProperty('cause.name', 'ResourceNotFoundException');
});
