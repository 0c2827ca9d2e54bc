/** A route of the template: what it matches, and which integration answers. */
export interface LocalRoute {
  readonly routeKey: string;
  readonly target: string;
}

export interface RouteMatch extends LocalRoute {
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Compiled extends LocalRoute {
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Matches requests as an HTTP API does: a full match of the path first, then a greedy `{proxy+}`, then
 * `$default`; a named method before `ANY`.
 */
export function createRouter(
  routes: readonly LocalRoute[],
): (method: string, path: string) => RouteMatch | undefined {
  const compiled = routes.filter((route) => route.routeKey !== '$default').map(compile);
  const fallback = routes.find((route) => route.routeKey === '$default');
  compiled.sort(compare);
  return (method, path) => {
    const segments = path.split('/').slice(1);
    for (const route of compiled) {
      if (route.method !== 'ANY' && route.method !== method) continue;
      const pathParameters = matchPath(route.segments, segments);
      if (pathParameters) return { routeKey: route.routeKey, target: route.target, pathParameters };
    }
    return fallback && { ...fallback, pathParameters: {} };
  };
}

function compile(route: LocalRoute): Compiled {
  const [method, path] = route.routeKey.split(' ') as [string, string];
  return { ...route, method, segments: path.split('/').slice(1) };
}

/** More specific first: literal before variable before greedy, segment by segment; then a named method. */
function compare(a: Compiled, b: Compiled): number {
  for (let index = 0; index < Math.max(a.segments.length, b.segments.length); index += 1) {
    const difference = rank(a.segments[index]) - rank(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function rank(segment: string | undefined): number {
  if (segment === undefined) return 0;
  if (segment.endsWith('+}')) return 3;
  return segment.startsWith('{') ? 2 : 1;
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index];
    if (part.endsWith('+}')) {
      const rest = segments.slice(index).join('/');
      if (rest === '') return undefined;
      parameters[part.slice(1, -2)] = rest;
      return parameters;
    }
    if (segment === undefined || segment === '') return undefined;
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}
