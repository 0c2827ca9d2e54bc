import { arn, queueUrl, streamArn } from '../aws.ts';
import { isRecord } from '../json.ts';
import type { Template } from './assembly.ts';

/** A template, and the values of its parameters. */
export interface Source {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The property by which a template may name a resource; without it the name is the logical id. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Events::EventBus': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SQS::Queue': 'QueueName',
};

/**
 * A value of the template as CloudFormation would resolve it. `Ref`, `Fn::GetAtt` and `Fn::Join` are what the
 * values need that are read here.
 *
 * @throws Error naming what is not supported: a wrong value would surface far from here
 */
export function resolve(value: unknown, source: Source): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolve(entry, source));
  if (!isRecord(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0) {
    const argument = value[name];
    if (name === 'Ref') return reference(argument, source);
    if (name === 'Fn::GetAtt') return attribute(argument, source);
    if (name === 'Fn::Join') return join(argument, source);
    if (name.startsWith('Fn::')) throw new Error(`template: ${name} is not supported`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolve(entry, source)]));
}

/**
 * The name of a resource, which is what `Ref` gives, for a queue as the last part of its URL. A secret is named where
 * AWS gives its ARN: Secrets Manager takes both.
 *
 * @throws Error when there is no such resource
 */
export function physicalName(id: string, source: Source): string {
  const { Type, Properties = {} } = resourceOf(id, source);
  const given = Properties[NAME_PROPERTIES[Type] ?? ''];
  return given === undefined ? id : String(resolve(given, source));
}

function reference(argument: unknown, source: Source): string {
  const id = String(argument);
  const parameter = source.parameters[id];
  if (parameter !== undefined) return parameter;
  const name = physicalName(id, source);
  return resourceOf(id, source).Type === 'AWS::SQS::Queue' ? queueUrl(name) : name;
}

function attribute(argument: unknown, source: Source): string {
  const [id, name] = Array.isArray(argument) ? argument.map(String) : [];
  if (id === undefined || name === undefined) {
    throw new Error(`template: Fn::GetAtt of ${JSON.stringify(argument)} is not supported`);
  }
  const { Type } = resourceOf(id, source);
  switch (`${Type} ${name}`) {
    case 'AWS::Lambda::Function Arn':
      return arn('lambda', `function:${id}`);
    case 'AWS::DynamoDB::GlobalTable StreamArn':
      return streamArn(physicalName(id, source));
    default:
      throw new Error(`template: Fn::GetAtt of ${id}.${name} (${Type}) is not supported`);
  }
}

function join(argument: unknown, source: Source): string {
  const [separator, parts] = Array.isArray(argument) ? argument : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) {
    throw new Error('template: Fn::Join takes a separator and a list');
  }
  return parts.map((part) => String(resolve(part, source))).join(separator);
}

function resourceOf(id: string, { template }: Source) {
  const resource = template.Resources[id];
  if (!resource) throw new Error(`template: ${id} is neither a resource nor a parameter with a value`);
  return resource;
}
