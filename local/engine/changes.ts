import type { DynamoDBRecord } from 'aws-lambda';
import type { LocalTable } from '../template/tables.ts';

/** Takes a change. */
export type OnRecord = (record: DynamoDBRecord) => void;

/** The streams of an engine's tables: its own, or what is derived where it has none. */
export interface Changes {
  /** Hands over every change to a table, oldest first, from the first there is. */
  subscribe(table: LocalTable, onRecord: OnRecord): void;
  /** Resolves when every write that came before the call has been handed over. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
