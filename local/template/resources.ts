import * as z from 'zod';
import { resolve, type Source } from './intrinsics.ts';

/** A resource of a type, by its logical id. */
export interface Found<T> {
  readonly id: string;
  readonly properties: T;
}

/**
 * Resources of a type.
 *
 * @param schema what is read of the properties; a strict one names what it does not know
 * @throws Error naming the resource and the property that is not as expected
 */
export function findResources<T>(source: Source, type: string, schema: z.ZodType<T>): Found<T>[] {
  return Object.entries(source.template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties, Condition }]) => {
      if (Condition !== undefined) {
        throw new Error(`template: ${id} (${type}): the condition ${Condition} is not supported`);
      }
      const { data, error } = schema.safeParse(Properties ?? {});
      if (!error) return { id, properties: data };
      const [issue] = error.issues;
      throw new Error(`template: ${id} (${type}): ${issue?.path.join('.')} ${issue?.message}`);
    });
}

/** A text, perhaps by way of `Ref`, `Fn::GetAtt` or `Fn::Join`. */
export function resolvedText(source: Source) {
  return z.preprocess((value) => resolve(value, source), z.string());
}
