import { randomBytes } from 'node:crypto';
import type { Curfew } from '../functions/server/curfew.ts';
import { type ConnectMiddleware, createMiddleware } from './middleware.ts';
import type { DevIo, DevOptions } from './options.ts';
import { isProduction, NOT_IN_PRODUCTION } from './requests.ts';
import { createWorld, keepSweeping } from './world.ts';

/** A development server, as middleware. */
export interface CurfewDev extends ConnectMiddleware {
  /** Options for `sessionGuard` of `curfew/express` and its like, in the same server: `app.use('/orders', sessionGuard(dev.guard))`. */
  readonly guard: Pick<Curfew['guard'], 'store' | 'now' | 'basePath'>;
  /** Stops ending sessions, and writes what is not written yet. */
  close(): void;
}

/**
 * Middleware for a server in development: the API under `/api`, a sign-in page for any name, and the panel at `/__curfew`. It
 * answers on loopback addresses alone, and no longer once `NODE_ENV` is `production`. Any other request goes on to the next handler, told of its session by headers.
 *
 * ```ts
 * if (process.env.NODE_ENV !== 'production') {
 *   const { curfewDev } = await import('curfew/dev');
 *   app.use(curfewDev());
 * }
 * ```
 *
 * @throws Error where `NODE_ENV` is `production`, naming an option that is wrong, or the file of sessions that can't be read
 * @throws SessionError `ERR_POLICY_INVALID` for a policy that breaks a rule
 */
export function curfewDev(options: DevOptions = {}): CurfewDev {
  refuseProduction(OWN_IO.environment());
  return developmentServer(options, OWN_IO);
}

/** The machine's own clock, chance and terminal. */
export const OWN_IO: DevIo = {
  now: () => Date.now(),
  randomBytes,
  say: (text) => console.warn(`curfew/dev: ${text}`),
  environment: () => process.env.NODE_ENV,
};

/** @throws Error for `production` */
export function refuseProduction(environment: string | undefined): void {
  if (!isProduction(environment)) return;
  const written = environment === 'production' ? '' : ` (it is ${JSON.stringify(environment)})`;
  throw new Error(
    `${NOT_IN_PRODUCTION}${written}: use curfew/server there. Where a file sets NODE_ENV, read it before curfew/dev is loaded`,
  );
}

/** As {@link curfewDev}, with its surroundings handed in. */
export function developmentServer(options: DevOptions, io: DevIo): CurfewDev {
  const world = createWorld(options, io);
  const close = keepSweeping(world);
  const { store, now, basePath } = world.curfewFor('http://localhost').guard;
  return Object.assign(createMiddleware(world), { guard: { store, now, basePath }, close });
}
