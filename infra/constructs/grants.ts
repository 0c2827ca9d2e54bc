import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type GrantOnPrincipalOptions, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  DUE_SHARDS_KEY,
  type INDEXES,
  SESSION_KEY_PREFIX,
  SIGN_IN_KEY_PREFIX,
  SUBJECT_KEY_PREFIX,
} from '../../core/contract.ts';
import { indexArn } from './session-table.ts';

/** The kinds of rows in the table, as patterns of their keys. */
const ROWS = {
  session: `${SESSION_KEY_PREFIX}*`,
  signIn: `${SIGN_IN_KEY_PREFIX}*`,
  subject: `${SUBJECT_KEY_PREFIX}*`,
  dueShards: DUE_SHARDS_KEY,
} as const;

/** Operations that name their rows by key. */
type RowOperation = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

/**
 * What a service asks of a customer's key in the name of whoever calls it, as the services document it: DynamoDB at every
 * request for a row, SQS for every message, Secrets Manager for a value.
 */
const KEY_ACTIONS = {
  dynamodb: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  sqs: ['kms:Decrypt', 'kms:GenerateDataKey'],
  secretsmanager: ['kms:Decrypt'],
} as const;

/**
 * Allows a service to use a key in the name of whoever calls it, and no other use of the key. The key's own policy has to
 * let the account's policies decide, as that of every key does which the CDK or the console makes.
 *
 * @param key undefined: AWS's own, which needs no permission
 */
export function grantKey(
  grantee: IGrantable,
  key: IKey | undefined,
  service: keyof typeof KEY_ACTIONS,
): Grant {
  if (!key) return Grant.drop(grantee, 'a key that AWS owns needs no permission');
  return Grant.addToPrincipal({
    grantee,
    actions: [...KEY_ACTIONS[service]],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${key.env.region}.amazonaws.com` } },
  });
}

/** Operators of a statement's condition, each with its keys and their values. */
type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * Allows operations on rows of the given kinds, and on no other row of the table.
 *
 * @param conditions besides: none of their operators may be one of those that name the rows
 */
export function grantRows(
  grantee: IGrantable,
  table: ITableV2,
  operations: readonly RowOperation[],
  rows: readonly (keyof typeof ROWS)[],
  conditions: Conditions = {},
): Grant {
  return withKey(grantee, table, {
    actions: operations.map((operation) => `dynamodb:${operation}`),
    resourceArns: [table.tableArn],
    conditions: {
      // ForAllValues is true of a request that has no such key.
      Null: { 'dynamodb:LeadingKeys': 'false' },
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': rows.map((row) => ROWS[row]) },
      ...conditions,
    },
  });
}

/** Allows something of a table, and the use of the key that encrypts it. */
function withKey(
  grantee: IGrantable,
  { encryptionKey }: ITableV2,
  allowed: Omit<GrantOnPrincipalOptions, 'grantee'>,
): Grant {
  return grantKey(grantee, encryptionKey, 'dynamodb').combine(Grant.addToPrincipal({ grantee, ...allowed }));
}

/** Allows reading sessions, and writing these attributes of them, of which a reply may not return others. */
export function grantSessions(grantee: IGrantable, table: ITableV2, attributes: readonly string[]): Grant {
  const reading = grantRows(grantee, table, ['GetItem'], ['session']);
  const writing = grantRows(grantee, table, ['UpdateItem'], ['session'], {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
    // A request that names none returns none.
    StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] },
  });
  return reading.combine(writing);
}

/** Allows listing what an index holds: the keys of its rows. */
export function grantIndex(grantee: IGrantable, table: ITableV2, index: keyof typeof INDEXES): Grant {
  return withKey(grantee, table, {
    actions: ['dynamodb:Query'],
    resourceArns: [indexArn(table, index)],
  });
}

/** Allows reading a secret's value, and with it the use of the key that encrypts it, where that is a customer's own. */
export function grantSecretValue(grantee: IGrantable, secret: ISecret): Grant {
  const reading = Grant.addToPrincipalOrResource({
    grantee,
    // `grantRead()` allows DescribeSecret as well, which nothing here calls.
    actions: ['secretsmanager:GetSecretValue'],
    // An ARN made from a name lacks the six characters that Secrets Manager puts behind it.
    resourceArns: [secret.secretFullArn ?? `${secret.secretArn}-??????`],
    resource: secret,
  });
  return reading.combine(grantKey(grantee, secret.encryptionKey, 'secretsmanager'));
}
