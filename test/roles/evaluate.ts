import { runSimulation } from '@cloud-copilot/iam-simulate';
import { DUE_SHARDS_KEY } from '../../core/contract.ts';
import { ACCOUNT } from '../../local/aws.ts';
import { attributesOf, LEADING_KEYS, OF_ATTRIBUTES, type Permission } from './policies.ts';
import type { AwsRequest } from './requests.ts';

export type Asked = Pick<AwsRequest, 'role' | 'action' | 'resource' | 'context'>;

const ACCOUNT_DECIDES = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};

/** Whether IAM lets a role with these permissions make a request. @throws Error for one that IAM does not know */
export async function isAllowed(permissions: readonly Permission[], asked: Asked): Promise<boolean> {
  const { role, action, resource, context } = asked;
  const contextVariables = Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables,
      },
      identityPolicies: [
        {
          name: role,
          policy: {
            Version: '2012-10-17',
            Statement: permissions.map((permission) => ({
              Effect: 'Allow',
              Action: permission.action,
              Resource: permission.resource,
              Condition: permission.condition,
            })),
          },
        },
      ],
      // A key's policy decides alone, unless it lets the account's policies do so: that of every key which the CDK makes does.
      ...(action.startsWith('kms:') && { resourcePolicy: ACCOUNT_DECIDES }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType !== 'single') throw new Error(`${action} on ${resource}: ${JSON.stringify(result)}`);
  const { ignoredContextKeys = [] } = result.result;
  // A key that is not of the action would be dropped, and with it what the test means to ask.
  if (ignoredContextKeys.length > 0) throw new Error(`${action} has no ${ignoredContextKeys}`);
  return result.overallResult === 'Allowed';
}

/** Requests that are the same to IAM, and what the function was doing when it made them. */
export interface Kind extends Asked {
  readonly paths: readonly string[];
}

/** Requests by their kinds: which row of a kind is asked for makes no difference. */
export interface Kinds {
  add(request: AwsRequest): void;
  list(): Kind[];
}

export function createKinds(): Kinds {
  const kinds = new Map<string, { asked: Asked; paths: Set<string> }>();
  return {
    add({ path, ...request }) {
      const asked = { ...request, context: ofAnyRow(request.context) };
      const key = JSON.stringify(asked);
      const kind = kinds.get(key) ?? { asked, paths: new Set() };
      kinds.set(key, kind);
      kind.paths.add(path);
    },
    list: () => [...kinds.values()].map(({ asked, paths }) => ({ ...asked, paths: [...paths] })),
  };
}

/** Of the kinds, those that a role does not allow. */
export async function deniedOf(permissions: readonly Permission[], kinds: readonly Kind[]): Promise<Kind[]> {
  const denied: Kind[] = [];
  for (const kind of kinds) if (!(await isAllowed(permissions, kind))) denied.push(kind);
  return denied;
}

function ofAnyRow(context: AwsRequest['context']): AwsRequest['context'] {
  const keys = context[LEADING_KEYS];
  if (keys === undefined) return context;
  const kinds = [keys].flat().map((key) => (key === DUE_SHARDS_KEY ? key : key.replace(/[^#]+$/, 'x')));
  return { ...context, [LEADING_KEYS]: [...new Set(kinds)] };
}

/** Something that a role allows, and what needs it. */
export interface Need {
  readonly permission: Permission;
  /** One of the attributes that it lists; undefined: the permission as a whole. */
  readonly attribute?: string;
  /** What the function was doing when it made a request that is denied without it. Empty: nothing needs it. */
  readonly paths: readonly string[];
}

/** What needs each part of a role: the requests that would be denied if that part alone were taken away. */
export async function needsOf(permissions: readonly Permission[], kinds: readonly Kind[]): Promise<Need[]> {
  const needs: Need[] = [];
  for (const permission of permissions) {
    const others = permissions.filter((other) => other !== permission);
    needs.push({ permission, paths: await deniedPaths(others, kinds) });
    for (const attribute of attributesOf(permission)) {
      const shorter = [...others, without(permission, attribute)];
      needs.push({ permission, attribute, paths: await deniedPaths(shorter, kinds) });
    }
  }
  return needs;
}

async function deniedPaths(permissions: readonly Permission[], kinds: readonly Kind[]): Promise<string[]> {
  return [...new Set((await deniedOf(permissions, kinds)).flatMap(({ paths }) => paths))];
}

function without({ condition, ...permission }: Permission, attribute: string): Permission {
  const left = attributesOf({ condition, ...permission }).filter((name) => name !== attribute);
  return { ...permission, condition: { ...condition, [OF_ATTRIBUTES]: { 'dynamodb:Attributes': left } } };
}
