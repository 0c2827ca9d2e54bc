import type { Aws } from './aws.ts';
import { until } from './steps.ts';

/** A resource of a stack, by its type and the name that its service knows it by. */
export interface Made {
  readonly type: string;
  readonly id: string;
}

const stacks = (aws: Aws, Action: string, StackName: string, more: Record<string, string> = {}) =>
  aws.query('cloudformation', { Action, StackName, Version: '2010-05-15', ...more });

const textOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? '';

/** @returns the status of a stack; empty where there is none of this name */
export async function statusOf(aws: Aws, stack: string): Promise<string> {
  try {
    return textOf(await stacks(aws, 'DescribeStacks', stack), 'StackStatus');
  } catch (error) {
    if (String(error).includes('does not exist')) return '';
    throw error;
  }
}

/** @throws Error where something of the stack can't be deleted */
export async function deleteStack(aws: Aws, stack: string): Promise<void> {
  await stacks(aws, 'DeleteStack', stack);
  await until(async () => (await statusOf(aws, stack)) !== 'DELETE_IN_PROGRESS', 60);
  const status = await statusOf(aws, stack);
  if (status !== '' && status !== 'DELETE_COMPLETE') throw new Error(`${stack} is ${status}`);
}

/** What a stack has made since it was created, whether it is still there or not. */
export async function madeBy(aws: Aws, stack: string): Promise<Made[]> {
  const made = new Map<string, string>();
  let next = '';
  do {
    const xml = await stacks(aws, 'DescribeStackEvents', stack, next === '' ? {} : { NextToken: next });
    for (const [event] of xml.matchAll(/<member>.*?<\/member>/gs)) {
      if (textOf(event, 'ResourceStatus') !== 'CREATE_COMPLETE') continue;
      made.set(textOf(event, 'PhysicalResourceId'), textOf(event, 'ResourceType'));
    }
    next = textOf(xml, 'NextToken');
  } while (next !== '');
  return [...made].map(([id, type]) => ({ id, type }));
}

/** The resources of a stack as it is, by their logical ids. */
export async function resourcesOf(aws: Aws, stack: string): Promise<Map<string, Made>> {
  const made = new Map<string, Made>();
  let next = '';
  do {
    const xml = await stacks(aws, 'ListStackResources', stack, next === '' ? {} : { NextToken: next });
    for (const [one] of xml.matchAll(/<member>.*?<\/member>/gs)) {
      const [id, type] = [textOf(one, 'PhysicalResourceId'), textOf(one, 'ResourceType')];
      made.set(textOf(one, 'LogicalResourceId'), { type, id });
    }
    next = textOf(xml, 'NextToken');
  } while (next !== '');
  return made;
}

/** How its service is asked for a resource, and what says that it is there. */
interface Look {
  readonly service: string;
  readonly target: string;
  readonly named: (id: string) => object;
  // biome-ignore lint/suspicious/noExplicitAny: replies of AWS are data
  readonly shows: (reply: any, id: string) => boolean;
}

const LOOKS: Readonly<Record<string, Look>> = {
  'AWS::DynamoDB::GlobalTable': {
    service: 'dynamodb',
    target: 'DynamoDB_20120810.DescribeTable',
    named: (TableName) => ({ TableName }),
    shows: ({ Table }) => Table.TableStatus === 'ACTIVE',
  },
  'AWS::Cognito::UserPool': {
    service: 'cognito-idp',
    target: 'AWSCognitoIdentityProviderService.DescribeUserPool',
    named: (UserPoolId) => ({ UserPoolId }),
    shows: ({ UserPool }) => UserPool !== undefined,
  },
  'AWS::SecretsManager::Secret': {
    service: 'secretsmanager',
    target: 'secretsmanager.DescribeSecret',
    named: (SecretId) => ({ SecretId }),
    shows: ({ DeletedDate }) => DeletedDate === undefined,
  },
  'AWS::Logs::LogGroup': {
    service: 'logs',
    target: 'Logs_20140328.DescribeLogGroups',
    named: (logGroupNamePrefix) => ({ logGroupNamePrefix }),
    shows: ({ logGroups }, id) => logGroups.some((one: { logGroupName: string }) => one.logGroupName === id),
  },
  // Deleted for good after days.
  'AWS::KMS::Key': {
    service: 'kms',
    target: 'TrentService.DescribeKey',
    named: (KeyId) => ({ KeyId }),
    shows: ({ KeyMetadata }) => KeyMetadata.KeyState === 'Enabled',
  },
};

/** Kinds of resources that hold data, or encrypt it. */
export const LASTING = Object.keys(LOOKS);

/** Whether a resource of a lasting kind is there, as its own service says. */
export async function isThere(aws: Aws, { type, id }: Made): Promise<boolean> {
  const look = LOOKS[type];
  if (!look) throw new Error(`${type} can't be looked for`);
  try {
    const version = look.service === 'dynamodb' ? '1.0' : '1.1';
    return look.shows(await aws.json(look.service, look.target, look.named(id), version), id);
  } catch (error) {
    if (String(error).includes('NotFound')) return false;
    throw error;
  }
}
