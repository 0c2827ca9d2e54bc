import * as z from 'zod/mini';
import { BROWSER_CLOSE } from '../core/contract.ts';
import type { Curfew } from '../functions/server/curfew.ts';
import type { NodeRequest } from '../functions/server/request.ts';
import { type DevAction, PROVIDER_MODES, SERVER_MODES } from './protocol.ts';
import { signInAs } from './sign-in.ts';
import type { World } from './world.ts';

/** 366 days, ms. */
const MAX_ADVANCE_MS = 31_622_400_000;
const duration = z.optional(z.int().check(z.minimum(0)));

const Action = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('clock'),
    advanceMs: z.int().check(z.minimum(1), z.maximum(MAX_ADVANCE_MS)),
  }),
  z.strictObject({ action: z.literal('revoke'), sessionId: z.string() }),
  z.strictObject({ action: z.literal('server'), mode: z.enum(SERVER_MODES) }),
  z.strictObject({ action: z.literal('provider'), mode: z.enum(PROVIDER_MODES) }),
  z.strictObject({
    action: z.literal('policy'),
    policy: z.strictObject({
      name: z.optional(z.string()),
      idleTimeoutMs: duration,
      absoluteTimeoutMs: duration,
      warnBeforeMs: duration,
      absoluteWarnBeforeMs: duration,
      touchIntervalMs: duration,
      unboundIdleTimeoutMs: duration,
      browserClose: z.optional(z.enum(BROWSER_CLOSE)),
      allowShortWarning: z.optional(z.boolean()),
      allowShortAbsoluteTimeout: z.optional(z.boolean()),
    }),
  }),
  z.strictObject({ action: z.literal('restore-browser') }),
  z.strictObject({
    action: z.literal('sign-in'),
    name: z.string().check(z.trim(), z.minLength(1), z.maxLength(255)),
  }),
]);

/** What asks for an action, and in whose place. */
export interface ActionContext {
  readonly world: World;
  readonly curfew: Curfew;
  readonly request: NodeRequest;
  /** The session of the browser that asks. */
  readonly current: string | undefined;
}

/** What an action did. */
export interface Acted {
  /** The session that the browser has from now on. */
  readonly current: string | undefined;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/** An action that the panel cannot have. Its message names the field. */
export class ActionError extends Error {}

/**
 * Does what the panel asks for.
 *
 * @throws ActionError; SessionError `ERR_POLICY_INVALID`, `ERR_CROSS_SITE`
 */
export async function act(asked: unknown, context: ActionContext): Promise<Acted> {
  const { data, error } = Action.safeParse(asked);
  if (!data) {
    const [issue] = error.issues;
    throw new ActionError(`${issue?.path.join('.') || 'action'}: ${issue?.message}`);
  }
  const cookies = await perform(data, context);
  return cookies ?? { current: context.current, cookies: [] };
}

/** @returns what it changed for the browser that asks, if anything */
async function perform(
  action: z.infer<typeof Action> & DevAction,
  { world, curfew, request, current }: ActionContext,
): Promise<Acted | undefined> {
  switch (action.action) {
    case 'clock':
      world.advance(action.advanceMs);
      await world.sweep();
      return undefined;
    case 'revoke': {
      const ended = await curfew.guard.store?.end({
        sessionId: action.sessionId,
        reason: 'revoked',
        now: world.now(),
        endedBy: { type: 'admin', id: 'curfew/dev' },
      });
      if (ended?.outcome === 'unknown') throw new ActionError('sessionId: there is no such session');
      return undefined;
    }
    case 'server':
      world.changeFaults({ server: action.mode });
      return undefined;
    case 'provider':
      world.changeFaults({ provider: action.mode });
      return undefined;
    case 'policy':
      world.changePolicy(action.policy);
      return undefined;
    case 'restore-browser': {
      const row = current === undefined ? undefined : world.row(current);
      // The run that it is bound to is over: whatever mark this browser shows is another's.
      if (row?.binding) {
        world.put({
          ...row,
          binding: { ...row.binding, runHash: Uint8Array.from(world.io.randomBytes(32)) },
        });
      }
      return undefined;
    }
    case 'sign-in': {
      const { session, headers } = await signInAs(world, curfew, request, action.name);
      return { current: session.sessionId, cookies: headers.getSetCookie() };
    }
  }
}
