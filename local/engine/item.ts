import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from 'aws-lambda';

/** An item, or the key of one, as it stands in JSON: binary values are base64. */
export type Item = Record<string, AttributeValue>;

/** @returns an item of the SDK as it stands in JSON */
export function toImage(item: Readonly<Record<string, SdkValue>>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toJson(value)]));
}

function toJson(value: SdkValue): AttributeValue {
  if (value.B) return { B: base64(value.B) };
  if (value.BS) return { BS: value.BS.map(base64) };
  if (value.L) return { L: value.L.map(toJson) };
  if (value.M) return { M: toImage(value.M) };
  // The other kinds are spelled alike on both sides.
  return value as AttributeValue;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** @returns the key of an item */
export function keyOf(item: Item, keyAttributes: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => keyAttributes.includes(name)));
}

/** @returns a text that is the same for the same key of the same table */
export function itemId(tableName: string, key: Item): string {
  return JSON.stringify([tableName, Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
