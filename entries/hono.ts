import {
  type GuardVariables,
  sessionGuard as guardWith,
  type HonoContextLike,
} from '../functions/guard/hono.ts';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';

export type { ActiveSession, EndedSession, NoSession, SessionOf } from '../functions/guard/guard.ts';
export type { GuardEntryOptions, GuardVariables };

/** Hono middleware: `app.use('/api/*', sessionGuard({ tableName, siteUrl }))`; the session is `c.get('session')`. */
export function sessionGuard<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (context: HonoContextLike, next: () => Promise<void>) => Promise<Response | undefined> {
  return guardWith(withDefaults((options ?? {}) as unknown as Options));
}
