/**
 * Your application with Curfew on your own machine: sign in as anybody, and see each session, deadline and event. For development
 * alone.
 *
 * @module
 */

export { type CurfewDev, curfewDev } from './development.ts';
export type { ConnectMiddleware } from './middleware.ts';
export type { DevOptions, DevUser, IdentityOptions } from './options.ts';
