import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createNoteTable } from '../../../examples/demo/api/table.ts';
import { createTable, type Engine, startDynalite } from '../../support/engines.ts';

let engine: Engine;
let tableName = '';
beforeAll(async () => {
  engine = await startDynalite();
  ({ tableName } = await createTable(engine));
});
afterAll(() => engine.stop());

test("keeps a user's last thirty notes, newest first, for a day", async () => {
  const notes = createNoteTable(engine.client, tableName);
  expect(await notes.list('ada')).toEqual([]);
  for (let savedAt = 1; savedAt <= 31; savedAt += 1) {
    await notes.save('ada', { text: `note ${savedAt}`, savedAt });
  }
  const kept = await notes.list('ada');
  expect(kept).toHaveLength(30);
  expect(kept[0]).toEqual({ text: 'note 31', savedAt: 31 });
  expect(await notes.list('grace')).toEqual([]);
  const Key = { pk: { S: 'notes#ada' } };
  const { Item } = await engine.client.send(new GetItemCommand({ TableName: tableName, Key }));
  expect(Item?.ttl).toEqual({ N: '86401' });
});

test('the largest notes fit, whatever their alphabet', async () => {
  const notes = createNoteTable(engine.client, tableName);
  for (let savedAt = 0; savedAt < 31; savedAt += 1) {
    await notes.save('large', { text: '\u0001'.repeat(2_000), savedAt });
  }
  expect(await notes.list('large')).toHaveLength(30);
}, 60_000);
