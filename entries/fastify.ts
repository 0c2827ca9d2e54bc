import { type FastifyLike, sessionGuard as guardWith } from '../functions/guard/fastify.ts';
import { type GuardEntryOptions, withDefaults } from './defaults.ts';

export type { ActiveSession, EndedSession, NoSession, SessionOf } from '../functions/guard/guard.ts';
export type { GuardEntryOptions };

/**
 * Fastify plugin: `await app.register(sessionGuard({ tableName, siteUrl }))`. The session is at `request.session`,
 * which an application declares once:
 *
 * ```ts
 * declare module 'fastify' {
 *   interface FastifyRequest { session: SessionOf<{}> }
 * }
 * ```
 */
export function sessionGuard(options: GuardEntryOptions = {}): (app: FastifyLike) => Promise<void> {
  return guardWith(withDefaults(options));
}
