import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const Resource = z.object({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
  /** Name of a condition of the template. */
  Condition: z.optional(z.string()),
});
const Template = z.object({ Resources: z.record(z.string(), Resource) });
const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.optional(z.object({ templateFile: z.optional(z.string()) })),
    }),
  ),
});
const AssetManifest = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/** A resource of a template. */
export type Resource = z.infer<typeof Resource>;
/** What is read of a template. */
export type Template = z.infer<typeof Template>;

/** A synthesized stack: the template, and where its assets lie. */
export interface Assembly {
  readonly template: Template;
  /** Folder or file of an asset, by the key under which it would be uploaded. */
  readonly assets: ReadonlyMap<string, string>;
}

/** Reads the one stack of a synthesized app. @throws Error when there is none or more than one */
export async function readAssembly(folder: string): Promise<Assembly> {
  const { artifacts } = Manifest.parse(await json(path.join(folder, 'manifest.json')));
  const [stack, ...others] = Object.entries(artifacts).flatMap(([name, { type, properties }]) =>
    type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined
      ? [{ name, templateFile: properties.templateFile }]
      : [],
  );
  if (!stack || others.length > 0) {
    throw new Error(`expected one stack in ${folder}, found ${stack ? others.length + 1 : 0}`);
  }
  const { files } = AssetManifest.parse(await json(path.join(folder, `${stack.name}.assets.json`)));
  const assets = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    for (const { objectKey } of Object.values(destinations)) {
      assets.set(objectKey, path.join(folder, source.path));
    }
  }
  return { template: Template.parse(await json(path.join(folder, stack.templateFile))), assets };
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}
