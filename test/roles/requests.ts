import { arn } from '../../local/aws.ts';

type Row = Readonly<Record<string, { readonly S?: string }>>;

/** The inputs of the calls that the functions make, as far as IAM looks at them. */
interface Input {
  readonly TableName?: string | undefined;
  readonly IndexName?: string;
  readonly Key?: Row | undefined;
  readonly ConsistentRead?: boolean;
  readonly Item?: Row;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Row[] }>>;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Row;
  readonly KeyConditionExpression?: string;
  readonly Select?: string;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly SecretId?: string;
  readonly QueueUrl?: string;
  readonly Entries?: readonly { readonly EventBusName?: string }[];
}

/** A call of the SDK. */
export interface Call {
  readonly role: string;
  /** As it signs: `dynamodb`, `events`, `sqs`, `secretsmanager`. */
  readonly service: string;
  /** `DynamoDB_20120810.GetItem` */
  readonly target: string;
  readonly input: Input;
}

/** A request of a function to AWS, as IAM sees it. */
export interface AwsRequest {
  /** Whose role asks. */
  readonly role: string;
  /** What the function was doing. */
  readonly path: string;
  /** `dynamodb:GetItem` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys and their values. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

export const tableArn = (name: string): string => arn('dynamodb', `table/${name}`);

/** The provider's client secret. */
export const SECRET_ARN = arn('secretsmanager', 'secret:provider-AbCdEf');

/** The key that encrypts what the service keeps. */
export const KEY_ARN = arn('kms', 'key/00000000-0000-0000-0000-000000000000');

/**
 * What each service asks of the key in the name of whoever calls it: for a table the least that DynamoDB documents
 * ("Authorizing use of your customer managed key"), but for the grant that it needs to make the table.
 */
const OF_THE_KEY: Readonly<Record<string, readonly string[]>> = {
  dynamodb: [
    'Decrypt',
    'DescribeKey',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
  ],
  sqs: ['Decrypt', 'GenerateDataKey'],
  secretsmanager: ['Decrypt'],
  // EventBridge asks in its own name, which the key's policy allows.
  events: [],
};

/** The requests to KMS that a call makes a service make. None for a secret that was there before, with a key of its own. */
export function keyRequestsOf({ role, service, input }: Call): Omit<AwsRequest, 'path'>[] {
  if (input.SecretId === SECRET_ARN) return [];
  const context = { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` };
  return (OF_THE_KEY[service] ?? []).map((operation) => ({
    role,
    action: `kms:${operation}`,
    resource: KEY_ARN,
    context,
  }));
}

/** @param id the ARN of a secret that was there before, or the logical id of one that the template makes */
export const secretArn = (id: string): string =>
  id.startsWith('arn:') ? id : arn('secretsmanager', `secret:${id}`);

/** What IAM is asked about a call: the action, the resource, and the condition keys. */
export function requestOf(call: Call, reply: object): Omit<AwsRequest, 'path'> {
  const { role, service, target, input } = call;
  const operation = target.slice(target.indexOf('.') + 1);
  const action = `${service}:${operation}`;
  if (service === 'dynamodb') {
    return { role, action, resource: tableResource(input), context: tableContext(operation, input, reply) };
  }
  if (service === 'secretsmanager') {
    return { role, action, resource: secretArn(input.SecretId ?? ''), context: {} };
  }
  if (service === 'events') {
    const [name = ''] = new Set(input.Entries?.map(({ EventBusName }) => EventBusName));
    return { role, action, resource: arn('events', `event-bus/${name}`), context: {} };
  }
  // A batch needs the permission for one message, and there is no other.
  const queue = input.QueueUrl?.split('/').at(-1);
  return { role, action: action.replace(/Batch$/, ''), resource: arn('sqs', String(queue)), context: {} };
}

function tableResource({ TableName, IndexName, RequestItems }: Input): string {
  const table = tableArn(TableName ?? Object.keys(RequestItems ?? {}).join());
  return IndexName === undefined ? table : `${table}/index/${IndexName}`;
}

/**
 * The condition keys of DynamoDB, by its documentation ("Using IAM policy conditions for fine-grained access control"): the
 * partition keys that a request names, and the attributes that it names or that its reply brings.
 */
function tableContext(operation: string, input: Input, reply: object): AwsRequest['context'] {
  const isRead = /^(?:Batch)?Get/.test(operation);
  const select = input.Select ?? (isRead ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES');
  return {
    'dynamodb:LeadingKeys': leadingKeys(input),
    'dynamodb:Attributes': [...new Set([...namedAttributes(input), ...repliedAttributes(reply)])].sort(),
    ...((isRead || operation === 'Query') && { 'dynamodb:Select': select }),
    ...(input.ReturnValues !== undefined && { 'dynamodb:ReturnValues': input.ReturnValues }),
  };
}

function leadingKeys(input: Input): string[] {
  const { Key, Item, RequestItems, KeyConditionExpression, ExpressionAttributeValues } = input;
  const rows = [Key, Item, ...Object.values(RequestItems ?? {}).flatMap(({ Keys }) => Keys)];
  const keys = rows.flatMap((row) => row?.pk?.S ?? []);
  // An index's own partition key: `dueShard = :shard AND …`.
  const [, value = ''] = /= (:\w+)/.exec(KeyConditionExpression ?? '') ?? [];
  return [...new Set([...keys, ExpressionAttributeValues?.[value]?.S ?? []].flat())];
}

/** Functions and operators of expressions, which are no attributes. */
const WORDS =
  /^(?:SET|REMOVE|ADD|DELETE|AND|OR|NOT|BETWEEN|IN|attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size|if_not_exists|list_append)$/;

function namedAttributes(input: Input): string[] {
  const { Key, Item, RequestItems, ExpressionAttributeNames: names = {} } = input;
  const rows = [Key, Item, ...Object.values(RequestItems ?? {}).flatMap(({ Keys }) => Keys)];
  const expressions = Object.entries(input).flatMap(([name, value]) =>
    name.endsWith('Expression') ? String(value) : [],
  );
  const words = expressions.flatMap((text) => text.match(/(?<![:\w#])#?[A-Za-z_]\w*/g) ?? []);
  return [
    ...rows.flatMap((row) => Object.keys(row ?? {})),
    ...words.filter((word) => !WORDS.test(word)).map((word) => names[word] ?? word),
  ];
}

function repliedAttributes(reply: object): string[] {
  const { Item, Items, Attributes, Responses } = reply as {
    Item?: object;
    Items?: object[];
    Attributes?: object;
    Responses?: Record<string, object[]>;
  };
  const rows = [Item, Attributes, ...(Items ?? []), ...Object.values(Responses ?? {}).flat()];
  return rows.flatMap((row) => Object.keys(row ?? {}));
}
