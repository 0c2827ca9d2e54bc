import { isByAws } from './by-aws.ts';
import { drive } from './drive.ts';
import { type Asked, deniedOf, isAllowed, type Kind, type Need, needsOf } from './evaluate.ts';
import type { Permission } from './policies.ts';
import { publicSignIn, startService } from './service.ts';
import { wishes } from './wishes.ts';

/** What came out about one role. */
export interface RoleFindings {
  /** Of the function. */
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** What needs each part of the role, but for what AWS itself uses. */
  readonly needs: readonly Need[];
  /** Requests that the function made and the role does not allow. */
  readonly denied: readonly Kind[];
  /** What the role allows to whoever has taken the function over. */
  readonly granted: readonly string[];
}

export interface Findings {
  readonly roles: readonly RoleFindings[];
  readonly wishes: readonly string[];
  /** What the role of `auth` allows in a service that is configured with as little as possible. */
  readonly publicSignIn: readonly Permission[];
}

/** Runs every function along all its paths, and evaluates what they asked of AWS against their roles. */
export async function findOut(): Promise<Findings> {
  const service = await startService();
  try {
    await drive(service);
    const kinds = service.recorder.kinds.list();
    const wanted = wishes(service.tableName);
    const roles = [];
    for (const [name, permissions] of service.roles) {
      roles.push(
        await about(
          name,
          permissions,
          kinds.filter(({ role }) => role === name),
          wanted,
        ),
      );
    }
    return { roles, wishes: Object.keys(wanted), publicSignIn: await publicSignIn() };
  } finally {
    await service.close();
  }
}

async function about(
  name: string,
  permissions: readonly Permission[],
  kinds: readonly Kind[],
  wanted: Readonly<Record<string, Omit<Asked, 'role'>>>,
): Promise<RoleFindings> {
  // What AWS itself uses must not be what allows the function's own requests.
  const own = permissions.filter((permission) => !isByAws(permission));
  const denied = await deniedOf(own, kinds);
  const granted: string[] = [];
  for (const [wish, asked] of Object.entries(wanted)) {
    if (await isAllowed(permissions, { role: name, ...asked })) granted.push(wish);
  }
  return { name, permissions, needs: await needsOf(own, kinds), denied, granted };
}
