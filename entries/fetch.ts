import { type Checked, checkRequest as checkWith } from '../functions/guard/fetch.ts';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';

export type { ActiveSession, EndedSession, NoSession, SessionOf } from '../functions/guard/guard.ts';
export type { Checked, GuardEntryOptions };

/**
 * The check over the `Request` of the fetch API, for any server: made once, asked for each request.
 *
 * ```ts
 * const check = createCheck({ tableName, siteUrl });
 * const { session, response } = await check(request);
 * if (response) return response;
 * ```
 */
export function createCheck<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (request: Request) => Promise<Checked<Options>> {
  const complete = withDefaults((options ?? {}) as unknown as Options);
  return (request) => checkWith(request, complete) as Promise<Checked<Options>>;
}
