import { BASE_PATH } from '../../core/contract.ts';
import type { HttpRequest } from '../http/request.ts';
import type { Router } from '../http/router.ts';
import { forwardedFor } from './request.ts';

/** One router of two. What neither knows, the first rejects. */
export function joinRouters(first: Router, second: Router | undefined): Router {
  if (!second) return first;
  const of = ({ path }: HttpRequest) => (second.has(path) ? second : first);
  return {
    has: (path) => first.has(path) || second.has(path),
    answer: (request) => of(request).answer(request),
    fail: (request, error) => of(request).fail(request, error),
  };
}

/** A router whose paths begin with another base path, behind proxies that say where a request comes from. */
export function underBasePath(
  router: Router,
  { basePath, trustProxy }: { readonly basePath: string; readonly trustProxy: number },
): Router {
  /** A path of the API by the name that its routes have; another one is none of them. */
  const named = (path: string) => {
    if (basePath === BASE_PATH) return path;
    return path.startsWith(`${basePath}/`) ? BASE_PATH + path.slice(basePath.length) : '';
  };
  const inner = (request: HttpRequest): HttpRequest => ({
    ...request,
    path: named(request.path),
    sourceIp: forwardedFor(request.headers, trustProxy) ?? request.sourceIp,
  });
  return {
    has: (path) => router.has(named(path)),
    answer: (request) => router.answer(inner(request)),
    fail: (request, error) => router.fail(inner(request), error),
  };
}
