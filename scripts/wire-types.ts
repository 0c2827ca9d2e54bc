import * as z from 'zod/mini';
import * as protocol from '../core/protocol.ts';

type Schema = z.core.JSONSchema._JSONSchema;

/** The types of `core/protocol.ts` without its schemas, made from the schemas: the two cannot differ. */
export function wireTypes(): string {
  const lines = Object.entries<unknown>(protocol)
    .filter((entry): entry is [string, z.ZodMiniType] => entry[1] instanceof z.ZodMiniType)
    .map(([name, schema]) => `export type ${name} = ${typeOf(z.toJSONSchema(schema))};`);
  return `${lines.join('\n')}\n`;
}

/** @throws Error for a form of schema that no part of the wire has had so far */
function typeOf(schema: Schema | Schema[] | undefined): string {
  if (typeof schema !== 'object' || Array.isArray(schema)) {
    throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'array':
      return `(${typeOf(schema.items)})[]`;
    case 'object':
      return objectType(schema.properties, schema.required);
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function objectType(properties: Record<string, Schema> = {}, required: readonly string[] = []): string {
  const fields = Object.entries(properties).map(([name, field]) =>
    required.includes(name) ? `${name}: ${typeOf(field)};` : `${name}?: ${typeOf(field)} | undefined;`,
  );
  return `{ ${fields.join(' ')} }`;
}
