import { createHash, timingSafeEqual } from 'node:crypto';

/** A user of the local provider: the password is the user name. */
export interface User {
  readonly name: string;
  readonly email: string;
}

/** Users by their login. */
export const USERS: ReadonlyMap<string, User> = new Map([
  ['demo', { name: 'Demo User', email: 'demo@example.com' }],
  ['alice', { name: 'Alice Example', email: 'alice@example.com' }],
  ['bob', { name: 'Bob Example', email: 'bob@example.com' }],
]);

/** @returns whether there is such a user and this is the password */
export function authenticate(login: string, password: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return USERS.has(login) && timingSafeEqual(digest(login), digest(password));
}
