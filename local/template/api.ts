import * as z from 'zod';
import type { LocalRoute } from '../gateway/routes.ts';
import type { LocalFunction } from '../lambda/pool.ts';
import { functionId } from './functions.ts';
import type { Source } from './intrinsics.ts';
import { findResources, resolvedText } from './resources.ts';

/** The routes of the HTTP API, each with the function behind its integration. */
export function readRoutes(source: Source, functions: ReadonlyMap<string, LocalFunction>): LocalRoute[] {
  const integration = z.strictObject({
    ApiId: z.optional(z.unknown()),
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationUri: resolvedText(source),
    PayloadFormatVersion: z.literal('2.0'),
  });
  const route = z.strictObject({
    ApiId: z.optional(z.unknown()),
    AuthorizationType: z.literal('NONE'),
    RouteKey: z.string(),
    Target: resolvedText(source),
  });
  const targets = new Map(
    findResources(source, 'AWS::ApiGatewayV2::Integration', integration).map(({ id, properties }) => [
      `integrations/${id}`,
      functionId(properties.IntegrationUri, id, functions),
    ]),
  );
  return findResources(source, 'AWS::ApiGatewayV2::Route', route).map(({ id, properties }) => {
    const target = targets.get(properties.Target);
    if (target === undefined) throw new Error(`template: ${id} has the unknown target ${properties.Target}`);
    return { routeKey: properties.RouteKey, functionId: target };
  });
}
