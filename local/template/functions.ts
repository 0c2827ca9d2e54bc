import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { LocalFunction } from '../lambda/pool.ts';
import type { Assembly } from './assembly.ts';
import type { Source } from './intrinsics.ts';
import { findResources, resolvedText } from './resources.ts';

/** Bundles that the Lambda runtime would load for the handler `index.handler`. */
const BUNDLES = ['index.cjs', 'index.mjs'];

/**
 * The functions that run here, by logical id: those on Node 24 whose asset is a bundle. The helpers that CDK adds
 * for a deployment are none, and have nothing to do here.
 */
export function readFunctions(source: Source, { assets }: Assembly): Map<string, LocalFunction> {
  const functions = new Map<string, LocalFunction>();
  const schema = z.object({
    Handler: z.optional(z.unknown()),
    Runtime: z.optional(z.unknown()),
    Code: z.object({ S3Key: z.optional(z.unknown()) }),
    Description: z.optional(z.unknown()),
    Environment: z.optional(z.object({ Variables: z.record(z.string(), z.unknown()) })),
    /** Seconds. */
    Timeout: z._default(z.number(), 3),
    MemorySize: z._default(z.number(), 128),
  });
  const environment = z.record(z.string(), resolvedText(source));
  for (const { id, properties } of findResources(source, 'AWS::Lambda::Function', schema)) {
    const { Handler, Runtime, Code, Description, Environment, Timeout, MemorySize } = properties;
    const bundle = findBundle(assets.get(String(Code.S3Key)));
    if (Handler !== 'index.handler' || Runtime !== 'nodejs24.x' || bundle === undefined) continue;
    functions.set(id, {
      name: shortName(id, String(Description)),
      bundle,
      environment: environment.parse(Environment?.Variables ?? {}),
      timeoutMs: Timeout * 1000,
      memorySize: MemorySize,
    });
  }
  return functions;
}

function findBundle(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  return BUNDLES.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

/**
 * What a function is called in the log: by its description `Curfew <name>: …`, else by its logical id, without the
 * hash that CDK puts behind it and the word that says no more than its type: `NotesFunction3EFCE747` is `notes`.
 */
export function shortName(id: string, description = ''): string {
  const described = /^Curfew ([\w-]+):/.exec(description)?.[1];
  const readable = id.replace(/[0-9A-F]{8}$/, '').replace(/(.)(?:Function|Handler)$/, '$1');
  return described ?? readable.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/**
 * @param reference a name or an ARN of a function, resolved
 * @param user logical id of what refers to it
 * @returns the function's logical id
 * @throws Error naming both when that function does not run here
 */
export function functionId(
  reference: string,
  user: string,
  functions: ReadonlyMap<string, LocalFunction>,
): string {
  const id = reference.slice(reference.lastIndexOf(':') + 1);
  if (functions.has(id)) return id;
  throw new Error(
    `template: ${user} refers to the function ${id}, which can't run here: that takes NODEJS_24_X, the handler index.handler, and an asset with ${BUNDLES.join(' or ')}`,
  );
}
