import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** What the failure queue is told about a record that can never be announced. It has no part of the row but its key. */
export interface FailureNote {
  /** Key of the row; null: the record has none. */
  readonly key: string | null;
  /** Where in the table's stream the record is. */
  readonly sequenceNumber: string;
  /** `INSERT`, `MODIFY` or `REMOVE`. */
  readonly change: string;
  readonly reason: string;
  /** How many more records of the batch this is about; absent: none. */
  readonly others?: number;
}

export interface FailureQueue {
  /**
   * Sends a message about each, until `signal` aborts. Never throws.
   *
   * @returns those that are not known to be in the queue, and why
   */
  send(notes: readonly FailureNote[], signal: AbortSignal): Promise<ReadonlyMap<FailureNote, unknown>>;
}

export interface FailureQueueOptions {
  /** Called once, when there is something to send: most batches need no client. */
  readonly createClient: () => SQSClient;
  readonly queueUrl: string;
}

/** The limit of SQS for one SendMessageBatch. A note is under 4 kB (a key is at most 2 kB), so that its size limit never matters. */
const BATCH_SIZE = 10;

/** The queue to which Lambda sends its own notes about records that are too old. */
export function createFailureQueue({ createClient, queueUrl }: FailureQueueOptions): FailureQueue {
  let made: SQSClient | undefined;
  const client = () => {
    made ??= createClient();
    return made;
  };
  return {
    async send(notes, signal) {
      const failures = new Map<FailureNote, unknown>();
      for (let from = 0; from < notes.length; from += BATCH_SIZE) {
        const batch = notes.slice(from, from + BATCH_SIZE);
        const unsent = await sendBatch(client(), queueUrl, batch, signal);
        for (const [note, cause] of unsent) failures.set(note, cause);
      }
      return failures;
    },
  };
}

async function sendBatch(
  client: SQSClient,
  QueueUrl: string,
  notes: readonly FailureNote[],
  abortSignal: AbortSignal,
): Promise<[FailureNote, unknown][]> {
  try {
    const Entries = notes.map((note, i) => ({ Id: String(i), MessageBody: toBody(note) }));
    const command = new SendMessageBatchCommand({ QueueUrl, Entries });
    const { Successful = [] } = await client.send(command, { abortSignal });
    const sent = new Set(Successful.map(({ Id }) => Id));
    return notes.flatMap((note, i) =>
      sent.has(String(i)) ? [] : [[note, new Error('SQS took no message')]],
    );
  } catch (cause) {
    return notes.map((note) => [note, cause]);
  }
}

/** SQS takes the characters of XML 1.0 only: JSON escapes the control characters and single surrogates, not these two. */
function toBody(note: FailureNote): string {
  return JSON.stringify(note).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
