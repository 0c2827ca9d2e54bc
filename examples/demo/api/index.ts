import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createNotesHandler } from './handler.ts';
import { createNoteTable } from './table.ts';

const { TABLE_NAME } = process.env;
if (TABLE_NAME === undefined) throw new Error('TABLE_NAME: the name of the notes table is missing');

// Three attempts of 800 ms end within the function's 5 s, so that an outage is answered and not timed out.
const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 300, requestTimeout: 800, throwOnRequestTimeout: true },
});

export const handler = createNotesHandler({
  notes: createNoteTable(client, TABLE_NAME),
  now: () => Date.now(),
});
