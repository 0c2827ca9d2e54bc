import { SessionError } from '../../core/errors.ts';
import { DraftKeyRequest } from '../../core/protocol.ts';
import { readJson } from '../http/body.ts';
import type { Reply } from '../http/reply.ts';
import { type ApiRequest, requireNamedCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import type { SessionOptions } from './options.ts';

/**
 * `POST /api/session/draft-key`: the user's own key for drafts, or, with `keyId`, an older one. To a live session only,
 * which it never extends.
 *
 * @throws SessionError `ERR_NOT_FOUND` where there is no service secret, or no version of it that has this id
 */
export async function draftKey(request: ApiRequest, { store, draftKeys }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const { sessionId, keyId } = await readJson(request, DraftKeyRequest);
  const { subject } = await checkSession({ store, now }, requireNamedCredential(request, { sessionId }));
  const key = await (keyId === undefined
    ? draftKeys?.current(subject, now)
    : draftKeys?.byId(subject, keyId, now));
  if (!key) throw new SessionError('ERR_NOT_FOUND');
  return { body: key };
}
