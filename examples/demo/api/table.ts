import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type NoteStore, NotesUnavailableError } from './notes.ts';

/** A demo forgets a note a day after it was saved, by DynamoDB's TTL. */
const KEEP_MS = 86_400_000;
/** 30 notes of 2,000 characters fit into one page of a Query (1 MB), whatever their alphabet. */
const MAX_NOTES = 30;

/** The application's own table: one item a note, key `subject`, sorted by the time and a random id in `noteId`. */
export function createNoteTable(client: DynamoDBClient, tableName: string): NoteStore {
  return {
    async list(subject) {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'subject = :subject',
        ExpressionAttributeValues: { ':subject': { S: subject } },
        ScanIndexForward: false,
        Limit: MAX_NOTES,
        // The page lists its notes right after it has saved one.
        ConsistentRead: true,
      });
      const { Items = [] } = await orUnavailable(client.send(query));
      return Items.map(({ text, savedAt }) => ({ text: text?.S ?? '', savedAt: Number(savedAt?.N) }));
    },
    async save(subject, { text, savedAt }) {
      const put = new PutItemCommand({
        TableName: tableName,
        Item: {
          subject: { S: subject },
          // Two notes of the same millisecond are two notes.
          noteId: { S: `${new Date(savedAt).toISOString()}#${randomUUID()}` },
          text: { S: text },
          savedAt: { N: String(savedAt) },
          ttl: { N: String(Math.ceil((savedAt + KEEP_MS) / 1_000)) },
        },
      });
      await orUnavailable(client.send(put));
    },
  };
}

/** @throws NotesUnavailableError with the cause: throttled, timed out, denied */
async function orUnavailable<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw new NotesUnavailableError('the notes table does not answer', { cause });
  }
}
