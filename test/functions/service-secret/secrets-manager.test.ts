import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSecretReader } from '../../../functions/service-secret/secrets-manager.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:one-AbCdEf';
const mock = mockClient(SecretsManagerClient);
beforeEach(() => {
  mock.reset();
});

const unavailable = { code: 'ERR_STORE_UNAVAILABLE', retryAfterMs: 1_000 };
const notFound = new ResourceNotFoundException({ message: 'none', $metadata: {} });
const stage = (VersionStage: string) => mock.on(GetSecretValueCommand, { SecretId: ARN, VersionStage });

describe('the versions of the service secret', () => {
  test('the current one and the one before it, newest first', async () => {
    stage('AWSCURRENT').resolves({ SecretString: 'new' });
    stage('AWSPREVIOUS').resolves({ SecretString: 'old' });
    expect(await createSecretReader().versions(ARN)()).toEqual(['new', 'old']);
  });

  test('one that was never rotated has the current one alone', async () => {
    stage('AWSCURRENT').resolves({ SecretString: 'new' });
    stage('AWSPREVIOUS').rejects(notFound);
    expect(await createSecretReader().versions(ARN)()).toEqual(['new']);
  });

  test.each([
    ['AWSCURRENT', notFound],
    ['AWSCURRENT', new Error('throttled')],
    ['AWSPREVIOUS', new Error('throttled')],
  ])('a failure to read %s is one (%s)', async (failing, error) => {
    stage('AWSCURRENT').resolves({ SecretString: 'new' });
    stage('AWSPREVIOUS').resolves({ SecretString: 'old' });
    stage(failing).rejects(error);
    await expect(createSecretReader().versions(ARN)()).rejects.toBe(error);
  });
});

describe('a secret', () => {
  test('is its current version', async () => {
    stage('AWSCURRENT').resolves({ SecretString: 'of the client' });
    expect(await createSecretReader().read(ARN)).toBe('of the client');
  });

  test('that can not be read, or is empty, is unavailable', async () => {
    stage('AWSCURRENT').rejects(new Error('throttled'));
    await expect(createSecretReader().read(ARN)).rejects.toMatchObject(unavailable);
    stage('AWSCURRENT').resolves({ SecretString: '' });
    await expect(createSecretReader().read(ARN)).rejects.toMatchObject(unavailable);
  });
});
