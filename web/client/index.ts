/**
 * The session in a page: time, activity, pulses, and agreement between tabs. No framework needed.
 *
 * @module
 */

export type { SignInErrorCode } from '../../core/sign-in.ts';
export { createSessionClient } from './client.ts';
export type {
  Clock,
  HoldOptions,
  KeyValueStorage,
  RevokeResponse,
  SessionClient,
  SessionClientOptions,
  SessionEvents,
  SessionList,
  SessionStatus,
  SignOutResponse,
  Snapshot,
} from './types.ts';
