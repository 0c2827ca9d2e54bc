/**
 * The session in a page: time, activity, pulses, and agreement between tabs. No framework needed.
 *
 * @module
 */

export type { SessionList, SessionStatus } from '../../core/protocol.ts';
export type { SignInErrorCode } from '../../core/sign-in.ts';
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
