import { arn, queueUrl } from '../../local/aws.ts';
import type { Template } from '../../local/template/assembly.ts';
import { shortName } from '../../local/template/functions.ts';
import { secretArn, tableArn } from './requests.ts';

/** Operators of a condition, each with its keys and their values. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One action on one resource, for rows of one kind: the least that a policy can allow. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly condition: Condition;
}

/** What the role of each function allows, by the function's name. A role that belongs to no function of ours is an error. */
export function permissionsByRole(template: Template): Map<string, Permission[]> {
  const found = Object.entries(template.Resources);
  const ofType = (type: string) => found.filter(([, { Type }]) => Type === type);
  const named = new Map(
    ofType('AWS::Lambda::Function').map(([id, { Properties = {} }]) => [
      String((Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]),
      shortName(id, String(Properties.Description)),
    ]),
  );
  const roles = new Map([...named.values()].map((name) => [name, [] as Permission[]]));
  for (const [id] of ofType('AWS::IAM::Role')) {
    if (!named.has(id)) throw new Error(`${id} is the role of no function`);
  }
  for (const [, { Properties = {} }] of ofType('AWS::IAM::Policy')) {
    const { Roles, PolicyDocument } = resolved(Properties, template) as {
      Roles: string[];
      PolicyDocument: { Statement: Statement[] };
    };
    for (const role of Roles) roles.get(named.get(role)!)!.push(...PolicyDocument.Statement.flatMap(split));
  }
  // The same permission from two statements is one.
  for (const [name, permissions] of roles) roles.set(name, distinct(permissions));
  return roles;
}

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

/** The key that says which rows. */
export const LEADING_KEYS = 'dynamodb:LeadingKeys';
export const OF_ROWS = 'ForAllValues:StringLike';

export const OF_ATTRIBUTES = 'ForAllValues:StringEquals';

/** The attributes that a permission is limited to; none: it is not. */
export function attributesOf({ condition }: Permission): readonly string[] {
  return [condition[OF_ATTRIBUTES]?.['dynamodb:Attributes'] ?? []].flat();
}

function split({ Effect, Action, Resource, Condition: condition = {} }: Statement): Permission[] {
  if (Effect !== 'Allow') throw new Error('a role of ours only allows');
  const rows = [condition[OF_ROWS]?.[LEADING_KEYS] ?? []].flat();
  const conditions =
    rows.length === 0
      ? [condition]
      : rows.map((row) => ({ ...condition, [OF_ROWS]: { ...condition[OF_ROWS], [LEADING_KEYS]: [row] } }));
  return [Action]
    .flat()
    .flatMap((action) =>
      [Resource]
        .flat()
        .flatMap((resource) => conditions.map((one): Permission => ({ action, resource, condition: one }))),
    );
}

export function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '000000000000',
  'AWS::NoValue': '',
};

/** A value of the template with its references resolved, the ARNs of resources included. */
function resolved(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolved(entry, template));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref') return reference(String(argument), template);
  if (others.length === 0 && name === 'Fn::GetAtt') return attribute(argument as string[], template);
  if (others.length === 0 && name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => resolved(part, template)).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolved(entry, template)]));
}

function reference(id: string, { Resources }: Template): string {
  const type = Resources[id]?.Type;
  if (type === 'AWS::SQS::Queue') return queueUrl(id);
  return type === 'AWS::SecretsManager::Secret' ? secretArn(id) : (PSEUDO[id] ?? id);
}

function attribute([id = '', name = '']: string[], template: Template): string {
  const { Type, Properties = {} } = template.Resources[id]!;
  switch (`${Type} ${name}`) {
    case 'AWS::DynamoDB::GlobalTable Arn':
      return tableArn(id);
    case 'AWS::DynamoDB::GlobalTable StreamArn':
      return `${tableArn(id)}/stream/local`;
    case 'AWS::Events::EventBus Arn':
      return arn('events', `event-bus/${resolved(Properties.Name, template)}`);
    case 'AWS::SQS::Queue Arn':
      return arn('sqs', id);
    case 'AWS::Logs::LogGroup Arn':
      return arn('logs', `log-group:${id}:*`);
    default:
      throw new Error(`no ARN for ${Type} ${name}`);
  }
}
