import { createKeyring, type Keyring } from '../../functions/service-secret/keyring.ts';

/** Keys of a service secret, or of its versions, newest first. */
export function keyringOf(...secrets: readonly [string, ...string[]]): Keyring {
  return createKeyring(async () => secrets);
}

/** The keys of a service that is never rotated. */
export const KEYRING = keyringOf('the service secret of the tests, long enough');
