import type * as z from 'zod/mini';
import { type output, safeParse, type ZodMiniType } from 'zod/mini';
import { SessionError } from '../../core/errors.ts';
import type { HttpRequest } from './request.ts';

/** The largest body that is read, bytes. The largest of ours is under 200. */
export const MAX_BODY_BYTES = 16_384;

/**
 * Reads the JSON body of a request by its schema. Checks in this order: the media type, before the body is read;
 * its size; that it is JSON; the schema. Unknown fields are dropped.
 *
 * @throws SessionError `ERR_MEDIA_TYPE`, `ERR_TOO_LARGE`, `ERR_REQUEST_INVALID` whose detail names the field, never
 *   its value
 */
export async function readJson<Schema extends ZodMiniType>(
  request: Pick<HttpRequest, 'headers' | 'readBody'>,
  schema: Schema,
): Promise<output<Schema>> {
  if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new SessionError('ERR_MEDIA_TYPE', { detail: 'content-type: must be application/json' });
  }
  const result = safeParse(schema, parseJson(await request.readBody(MAX_BODY_BYTES)));
  if (!result.success) throw new SessionError('ERR_REQUEST_INVALID', { detail: invalidField(result.error) });
  return result.data;
}

/** A body that takes too long to arrive. */
export function lateBody(): SessionError {
  return new SessionError('ERR_REQUEST_INVALID', { detail: 'body: did not arrive in time' });
}

/** A body that is no JSON document, or one that is nested too deeply. */
export function noJson(cause: unknown): SessionError {
  return new SessionError('ERR_REQUEST_INVALID', { detail: 'body: must be a JSON document', cause });
}

/** A body of more than `maxBytes`. */
export function tooLarge(maxBytes: number): SessionError {
  return new SessionError('ERR_TOO_LARGE', { detail: `body: at most ${maxBytes} bytes` });
}

/** The first field at fault and what it should have been, never what it was. */
export function invalidField(error: z.core.$ZodError): string {
  // An error without an issue does not exist; the type of a list can't say so.
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, rejectPrototypes);
  } catch (cause) {
    throw noJson(cause);
  }
}

/** Keys that would reach a prototype once the document is merged or copied. */
function rejectPrototypes(key: string, value: unknown): unknown {
  const reaches = key === 'constructor' && value instanceof Object && Object.hasOwn(value, 'prototype');
  if (key === '__proto__' || reaches) throw new SyntaxError(`the key ${key} is not accepted`);
  return value;
}
