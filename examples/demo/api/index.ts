import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createNotesHandler } from './handler.ts';
import { createNoteTable } from './table.ts';

const { NOTES_TABLE } = process.env;
if (NOTES_TABLE === undefined) throw new Error('NOTES_TABLE: the name of the notes table is missing');

// Three attempts of 800 ms end within the function's 5 s, so that an outage is answered and not timed out.
const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 300, requestTimeout: 800, throwOnRequestTimeout: true },
});

export const handler = createNotesHandler({
  notes: createNoteTable(client, NOTES_TABLE),
  now: () => Date.now(),
});
