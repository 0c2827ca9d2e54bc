/**
 * Curfew inside a server of your own, with the identity provider or the login that it has.
 *
 * @module
 */

export type { ActiveSession, EndedSession, NoSession, SessionOf } from '../guard/session.ts';
export type { FetchHandler, Peer } from '../http/fetch.ts';
export type { CurfewEvent } from './announce.ts';
export { type CheckOptions, type Curfew, createCurfew } from './curfew.ts';
export { fastifyPlugin, honoMiddleware, lambdaHandler } from './frameworks.ts';
export type { Moved, MoveOptions } from './move.ts';
export { nodeHandler, sendResponse } from './node.ts';
export type { CurfewOptions, IdentityOptions } from './options.ts';
export type { ListedSessions } from './own-list.ts';
export type { SignedIn, SignedOut, SignInRequest } from './own-sign-in.ts';
export type { AnyRequest, NodeRequest } from './request.ts';
export { type DynamoStoreOptions, dynamoStore, memoryStore } from './stores.ts';
