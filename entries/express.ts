import type { IncomingMessage, ServerResponse } from 'node:http';
import { type GuardedRequest, sessionGuard as guardWith, type Next } from '../functions/guard/connect.ts';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';

export type {
  ActiveSession,
  EndedSession,
  GuardObserver,
  NoSession,
  SessionOf,
} from '../functions/guard/guard.ts';
export type { GuardEntryOptions, GuardedRequest };

/**
 * Middleware for Express and Connect: `app.use('/api', sessionGuard({ tableName, siteUrl }))`. The session is at
 * `request.session`.
 */
export function sessionGuard<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return guardWith(withDefaults((options ?? {}) as unknown as Options));
}
