import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are as many as AWS has resources
  readonly Properties?: Record<string, any>;
  readonly DependsOn?: string | readonly string[];
}

export interface Template {
  readonly Parameters?: Record<string, { readonly Default?: unknown; readonly AllowedPattern?: string }>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { readonly Value: unknown }>;
}

/** A synthesized stack: the template, and where its file assets lie. */
export interface Assembly {
  readonly stack: string;
  readonly template: Template;
  /** Folder or file of an asset, by the key under which it would be uploaded. */
  readonly assets: ReadonlyMap<string, string>;
}

/** Reads the one stack of a synthesized app. @throws Error when there is none or more than one */
export async function readAssembly(folder: string): Promise<Assembly> {
  const manifest = await json(path.join(folder, 'manifest.json'));
  const stacks = Object.entries(
    manifest.artifacts as Record<string, { type: string; properties: { templateFile: string } }>,
  ).filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack');
  if (stacks.length !== 1) throw new Error(`expected one stack in ${folder}, found ${stacks.length}`);
  const [stack, artifact] = stacks[0]!;
  const { files } = await json(path.join(folder, `${stack}.assets.json`));
  const assets = new Map<string, string>();
  for (const file of Object.values(files as Record<string, AssetFile>)) {
    for (const destination of Object.values(file.destinations)) {
      assets.set(destination.objectKey, path.join(folder, file.source.path));
    }
  }
  return { stack, template: await json(path.join(folder, artifact.properties.templateFile)), assets };
}

interface AssetFile {
  readonly source: { readonly path: string };
  readonly destinations: Record<string, { readonly objectKey: string }>;
}

/** Resources of a type, with their logical ids. */
export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

async function json(file: string) {
  return JSON.parse(await readFile(file, 'utf8'));
}
