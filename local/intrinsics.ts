import type { Template } from './template.ts';

/** The account and region that exist only here. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** What a resource is called here: what `Ref` gives, and what `Fn::GetAtt` gives for an attribute. */
export interface Physical {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Resolution {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  readonly physical: Readonly<Record<string, Physical>>;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'curfew-local',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/curfew-local/0`,
};

/**
 * A value of the template with its intrinsic functions carried out, as CloudFormation would.
 *
 * @throws Error naming what it does not know: a wrong value would surface far from here
 */
export function resolve(value: unknown, resolution: Resolution): unknown {
  if (Array.isArray(value))
    return value.map((entry) => resolve(entry, resolution)).filter((entry) => entry !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [name, argument] = entries[0]!;
    if (name === 'Ref') return reference(String(argument), resolution);
    if (name.startsWith('Fn::')) return intrinsic(name, argument, resolution);
  }
  return Object.fromEntries(
    entries
      .map(([key, entry]) => [key, resolve(entry, resolution)])
      .filter(([, entry]) => entry !== NO_VALUE),
  );
}

const NO_VALUE = Symbol('AWS::NoValue');

function reference(id: string, { template, parameters, physical }: Resolution): unknown {
  if (id === 'AWS::NoValue') return NO_VALUE;
  const known = PSEUDO[id] ?? parameters[id] ?? physical[id]?.ref;
  if (known !== undefined) return known;
  const parameter = template.Parameters?.[id];
  if (parameter?.Default !== undefined) return parameter.Default;
  if (parameter) throw new Error(`template: parameter ${id} has no value`);
  if (template.Resources[id]) return id;
  throw new Error(`template: Ref to ${id}, which is not there`);
}

function attribute(id: string, name: string, { template, physical }: Resolution): string {
  const known = physical[id]?.attributes?.[name];
  if (known !== undefined) return known;
  const resource = template.Resources[id];
  if (!resource) throw new Error(`template: Fn::GetAtt of ${id}, which is not there`);
  // A resource that does not run here (a role, a bucket) still has a name, so that whatever holds it resolves.
  return name.endsWith('Arn') ? `arn:aws:local:${REGION}:${ACCOUNT}:${id}` : `${id}.${name}`;
}

function intrinsic(name: string, argument: unknown, resolution: Resolution): unknown {
  const args = (): unknown[] => {
    const resolved = resolve(argument, resolution);
    if (!Array.isArray(resolved)) throw new Error(`template: ${name} takes a list`);
    return resolved;
  };
  switch (name) {
    case 'Fn::GetAtt': {
      const [id, attr] = typeof argument === 'string' ? split(argument) : (argument as [string, string]);
      return attribute(id, attr, resolution);
    }
    case 'Fn::Join': {
      const [separator, parts] = args() as [string, unknown[]];
      return parts.join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = args() as [string, string];
      return text.split(separator);
    }
    case 'Fn::Select': {
      const [index, list] = args() as [number | string, unknown[]];
      return list[Number(index)];
    }
    case 'Fn::Sub':
      return substitute(argument, resolution);
    default:
      throw new Error(`template: ${name} is not carried out here`);
  }
}

function substitute(argument: unknown, resolution: Resolution): string {
  const [text, variables] = Array.isArray(argument)
    ? (argument as [string, Record<string, unknown>])
    : [String(argument), {}];
  return text.replace(
    /\$\{([^}!]+)\}|\$\{!([^}]+)\}/g,
    (_, name: string | undefined, literal: string | undefined) => {
      if (name === undefined) return `\${${literal}}`;
      if (Object.hasOwn(variables, name)) return String(resolve(variables[name], resolution));
      if (name.includes('.')) return attribute(...split(name), resolution);
      return String(reference(name, resolution));
    },
  );
}

function split(path: string): [string, string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}
