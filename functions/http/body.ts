import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod/mini';
import { safeParse, type ZodMiniType } from 'zod/mini';
import { SessionError } from '../../core/errors.ts';
import type { StackEvent } from './request.ts';

/** The largest body that is read, bytes. The largest of ours is under 200. */
export const MAX_BODY_BYTES = 16_384;

/** Refuses a body that is too large before it is decoded or parsed: `ERR_TOO_LARGE`. */
export function bodyLimit(): MiddlewareObj<StackEvent> {
  return {
    before: ({ event: { body, isBase64Encoded } }) => {
      if (Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8') > MAX_BODY_BYTES) {
        throw new SessionError('ERR_TOO_LARGE', { detail: `body: at most ${MAX_BODY_BYTES} bytes` });
      }
    },
  };
}

/** Checks the parsed body against its schema: `ERR_REQUEST_INVALID`. Unknown fields are dropped. */
export function bodySchema(schema: ZodMiniType): MiddlewareObj<StackEvent> {
  return {
    before: ({ event }) => {
      const result = safeParse(schema, event.body);
      if (!result.success) {
        throw new SessionError('ERR_REQUEST_INVALID', { detail: invalidField(result.error) });
      }
      event.parsed = result.data;
    },
  };
}

/** The first field at fault and what it should have been, never what it was. */
export function invalidField(error: z.core.$ZodError): string {
  const issue = error.issues[0]!;
  const field = issue.path.length > 0 ? issue.path.map(String).join('.') : 'body';
  return `${field}: ${RULES[issue.code] ?? issue.message}`;
}

/** zod/mini ships no messages: its default says "Invalid input" of everything. */
const RULES: Readonly<Record<string, string>> = {
  invalid_type: 'is missing or of the wrong type',
  too_small: 'is too small',
  too_big: 'is too large',
  invalid_union: 'is none of what is accepted',
  invalid_value: 'is none of what is accepted',
};
