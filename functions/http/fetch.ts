import { isSessionError, SessionError } from '../../core/errors.ts';
import { lateBody, tooLarge } from './body.ts';
import type { HttpReply } from './reply.ts';
import type { HttpRequest } from './request.ts';
import type { Router } from './router.ts';

/** What a server knows of a connection that the `Request` of the fetch API does not contain. */
export interface Peer {
  /** Its address. */
  readonly sourceIp?: string | undefined;
  /** The server's own id of the request, for the log; not what a client says. */
  readonly requestId?: string | undefined;
}

/** Undefined: the path is not one of the API's, and the body has not been read. */
export type FetchHandler = (request: Request, peer?: Peer) => Promise<Response | undefined>;

/** The API as a function over the fetch API's `Request` and `Response`, for servers that are not Lambda. */
export function createFetchHandler(router: Router): FetchHandler {
  return async (request, peer = {}) => {
    const url = new URL(request.url);
    if (!router.has(url.pathname)) return undefined;
    return toResponse(await router.answer(toHttpRequest(request, url, peer)), request.method);
  };
}

function toHttpRequest(request: Request, url: URL, { sourceIp, requestId }: Peer): HttpRequest {
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(request.headers),
    sourceIp,
    ids: { requestId },
    readBody: (maxBytes, signal) => readBody(request, maxBytes, signal),
  };
}

async function readBody(
  { body, bodyUsed, headers }: Request,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  // A defect of the server: it has read the body, or is reading it.
  if (bodyUsed || body?.locked) throw new TypeError('the body of the request has been read before');
  if (Number(headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes);
  return body === null ? '' : readStream(body, maxBytes, signal);
}

/**
 * Reads no further than the limit, whatever length was announced, and no longer than until the signal.
 *
 * @throws SessionError `ERR_TOO_LARGE`, or `ERR_REQUEST_INVALID` where the peer stops sending, or is too slow
 */
export function readStream(...body: Parameters<typeof readAll>): Promise<string> {
  return readAll(...body).catch(interrupted);
}

async function readAll(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const reader = stream.getReader();
  // A stream that fails to be cancelled has ended by itself.
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(next.value);
    }
    // A stream that was cancelled ends like a whole one.
    if (signal?.aborted) throw lateBody();
    return Buffer.concat(chunks).toString();
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

/** A peer that stops sending is not a defect here. */
function interrupted(cause: unknown): never {
  if (isSessionError(cause)) throw cause;
  throw new SessionError('ERR_REQUEST_INVALID', { detail: 'body: could not be read', cause });
}

/** A reply as one of the fetch API; to HEAD it has headers and no body. */
export function toResponse({ status, headers, cookies, body }: HttpReply, method: string): Response {
  const response = new Response(method === 'HEAD' ? null : (body ?? null), { status, headers });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}
