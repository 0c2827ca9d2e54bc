import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Note, type NoteStore, NotesUnavailableError } from './notes.ts';

/** A demo forgets a user's notes a day after the last one, by DynamoDB's TTL. */
const KEEP_MS = 86_400_000;
/** An item holds 400 kB: 30 notes of 2,000 characters fit, were each of them six bytes of JSON. */
const MAX_NOTES = 30;

/** One row a user, in the table of the sessions: `notes#<subject>`. No index knows it, and no stream filter lets it through. */
export function createNoteTable(client: DynamoDBClient, tableName: string): NoteStore {
  const keyOf = (subject: string) => ({ pk: { S: `notes#${subject}` } });
  const list = async (subject: string): Promise<readonly Note[]> => {
    const get = new GetItemCommand({ TableName: tableName, Key: keyOf(subject) });
    const { Item } = await orUnavailable(client.send(get));
    return JSON.parse(Item?.notes?.S ?? '[]');
  };
  return {
    list,
    async save(subject, note) {
      const notes = [note, ...(await list(subject))].slice(0, MAX_NOTES);
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: keyOf(subject),
        UpdateExpression: 'SET notes = :notes, #ttl = :ttl',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':notes': { S: JSON.stringify(notes) },
          ':ttl': { N: String(Math.ceil((note.savedAt + KEEP_MS) / 1_000)) },
        },
      });
      await orUnavailable(client.send(update));
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
