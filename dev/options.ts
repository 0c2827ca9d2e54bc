import path from 'node:path';
import type { CurfewOptions, IdentityOptions } from '../functions/server/options.ts';

export type { IdentityOptions };

/** Options of a development server. Everything has a default. */
export interface DevOptions extends Pick<CurfewOptions, 'preset' | 'policy' | 'basePath' | 'maxSessions'> {
  /**
   * Whom the sign-in page offers: any other name can be typed there. A name alone is the subject, too.
   * @default ['alice', 'bob']
   */
  readonly users?: readonly (string | DevUser)[] | undefined;
  /** A real OpenID provider in place of the sign-in page, at which `<origin>/api/auth/callback` is registered. @default none */
  readonly identity?: IdentityOptions | undefined;
  /** Where sessions are kept, so that they survive a restart. @default 'node_modules/.cache/curfew/sessions.json' */
  readonly file?: string | undefined;
}

/** Somebody to sign in as. */
export interface DevUser {
  /** The user's id: 1 to 255 characters. */
  readonly subject: string;
  /** As shown in the page. @default none: the sign-in page offers the subject */
  readonly name?: string | undefined;
  /** As shown in the page. @default none */
  readonly email?: string | undefined;
}

/** Where sessions are kept by default. */
export function usualFile(name = 'sessions'): string {
  return path.join('node_modules', '.cache', 'curfew', `${name}.json`);
}

/** What of its surroundings a development server uses, handed in. */
export interface DevIo {
  /** The clock, epoch ms. */
  readonly now: () => number;
  /** Cryptographically secure. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Tells the developer something, once each time that it is called. */
  readonly say: (text: string) => void;
  /** `NODE_ENV`, which a server may read from a file after it has loaded this. */
  readonly environment: () => string | undefined;
}
