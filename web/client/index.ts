export { createSessionClient } from './client.ts';
export type {
  Clock,
  HoldOptions,
  KeyValueStorage,
  SessionClient,
  SessionClientOptions,
  SessionEvents,
  Snapshot,
} from './types.ts';
