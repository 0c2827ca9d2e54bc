import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SessionError } from '../../core/errors.ts';
import { ATTEMPT_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../attempts.ts';
import type { SecretSource } from './keyring.ts';

const RETRY_AFTER_MS = 1_000;

/** Secrets of Secrets Manager, by their ARN. */
export interface SecretReader {
  /** The current version. @throws SessionError `ERR_STORE_UNAVAILABLE` for every failure, an empty secret included */
  read(arn: string): Promise<string>;
  /** The current version of the service secret, and the one before it where there is one. */
  versions(arn: string): SecretSource;
}

/** A reader that gives up in time: three attempts of at most 1.3 s, as the store's client does. */
export function createSecretReader(): SecretReader {
  const client = new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ATTEMPT_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

  async function value(SecretId: string, VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    if (!SecretString) throw new Error('the secret is empty');
    return SecretString;
  }

  return {
    read: (arn) =>
      value(arn, 'AWSCURRENT').catch((cause: unknown) => {
        throw new SessionError('ERR_STORE_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
      }),

    versions: (arn) => async () => {
      const none = (error: unknown) => {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      };
      const [current, previous] = await Promise.all([
        value(arn, 'AWSCURRENT'),
        value(arn, 'AWSPREVIOUS').catch(none),
      ]);
      return previous === undefined ? [current] : [current, previous];
    },
  };
}
