import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { CREDENTIALS } from '../../local/aws.ts';
import { Secrets } from '../../local/secrets.ts';

async function asked(VersionStage: string | undefined, SecretId = 'Service') {
  const made = new Secrets(['Service', 'Other', 'Client'], { Client: 'of the client' });
  const endpoint = await made.listen();
  const client = new SecretsManagerClient({ ...CREDENTIALS, endpoint });
  const command = new GetSecretValueCommand({ SecretId, VersionStage });
  return client
    .send(command)
    .then(({ SecretString }) => SecretString)
    .finally(() => {
      client.destroy();
      return made.close();
    });
}

test('a secret has one version, of 64 characters, another one in each run', async () => {
  const values = [await asked(undefined), await asked('AWSCURRENT')];
  for (const value of values) expect(value).toMatch(/^[\w-]{64}$/);
  expect(new Set(values).size).toBe(2);
});

test('a secret whose value is given has it', async () => {
  expect(await asked(undefined, 'Client')).toBe('of the client');
});

test('a secret or a stage that there is not is not found, as the SDK tells it', async () => {
  const notFound = { name: 'ResourceNotFoundException' };
  await expect(asked('AWSPREVIOUS')).rejects.toMatchObject(notFound);
  await expect(asked(undefined, 'Nowhere')).rejects.toMatchObject(notFound);
});

test('another operation, and what is no request, are rejected', () => {
  const made = new Secrets(['Service']);
  expect(made.answer('secretsmanager.PutSecretValue', '{"SecretId":"Service"}').status).toBe(400);
  expect(made.answer('secretsmanager.GetSecretValue', '{').status).toBe(400);
});
