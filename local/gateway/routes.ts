/** A route of the template: what it matches, and the function that answers. */
export interface LocalRoute {
  /** `GET /api/session` or `ANY /api/{proxy+}`. */
  readonly routeKey: string;
  /** Logical id. */
  readonly functionId: string;
}

/** A route that a request matched, and what its variable stands for. */
export interface RouteMatch extends LocalRoute {
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** A path that ends in a greedy variable. */
interface GreedyRoute {
  readonly route: LocalRoute;
  readonly method: string;
  /** The path before the variable, `/api/`. */
  readonly prefix: string;
  readonly variable: string;
}

/** A method and a path without variables, but for a greedy one at its end. */
const ROUTE_KEY = /^(?<method>[A-Z]+) (?<path>\/[^{}]*)(?:\{(?<variable>\w+)\+\})?$/;

/**
 * Matches requests as an HTTP API does: the very path first, then the longest greedy one; a named method before
 * `ANY`.
 *
 * @throws Error naming a route of another form (`$default`, a variable in the middle)
 */
export function createRouter(
  routes: readonly LocalRoute[],
): (method: string, path: string) => RouteMatch | undefined {
  const exact = new Map<string, LocalRoute>();
  const greedy: GreedyRoute[] = [];
  for (const route of routes) {
    const { method, path, variable } = ROUTE_KEY.exec(route.routeKey)?.groups ?? {};
    if (method === undefined || path === undefined) {
      throw new Error(`template: the route ${route.routeKey} is not supported`);
    }
    if (variable === undefined) exact.set(route.routeKey, route);
    else greedy.push({ route, method, prefix: path, variable });
  }
  greedy.sort((a, b) => b.prefix.length - a.prefix.length || rank(a) - rank(b));
  return (method, path) => {
    const named = exact.get(`${method} ${path}`) ?? exact.get(`ANY ${path}`);
    if (named) return { ...named, pathParameters: {} };
    const found = greedy.find(
      (one) =>
        (one.method === method || one.method === 'ANY') &&
        path.startsWith(one.prefix) &&
        path.length > one.prefix.length,
    );
    return found && { ...found.route, pathParameters: { [found.variable]: path.slice(found.prefix.length) } };
  };
}

const rank = ({ method }: GreedyRoute): number => (method === 'ANY' ? 1 : 0);
