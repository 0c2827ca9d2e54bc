import * as z from 'zod/mini';
import * as protocol from '../core/protocol.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** The types of `core/protocol.ts` without its schemas: made from them, so that the two cannot part. */
export function wireTypes(): string {
  const lines = Object.entries<unknown>(protocol)
    .filter((entry): entry is [string, z.ZodMiniType] => entry[1] instanceof z.ZodMiniType)
    .map(([name, schema]) => `export type ${name} = ${typeOf(z.toJSONSchema(schema) as JsonSchema)};`);
  return `${lines.join('\n')}\n`;
}

/** @throws Error for a form of schema that the wire has not had so far */
function typeOf(schema: JsonSchema): string {
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
      return `(${typeOf(schema.items!)})[]`;
    case 'object':
      return objectType(schema);
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function objectType({ properties = {}, required = [] }: JsonSchema): string {
  const fields = Object.entries(properties).map(([name, field]) => {
    const optional = required.includes(name) ? '' : '?';
    const undefinable = optional ? ' | undefined' : '';
    return `${name}${optional}: ${typeOf(field)}${undefinable};`;
  });
  return `{ ${fields.join(' ')} }`;
}
