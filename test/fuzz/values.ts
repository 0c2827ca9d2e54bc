import type { Random } from '../histories/random.ts';

/** Texts that parsers, validators and logs have trouble with. None holds a secret. */
export const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\t',
  '\u0000',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\u202eabc',
  '😀'.repeat(20),
  'é',
  'e\u0301',
  '%',
  '%00',
  '%zz',
  '%2e%2e%2f',
  '../../etc/passwd',
  '\r\nx-injected: 1',
  '<script>alert(1)</script>',
  '"',
  "'",
  '\\',
  '{}',
  '[]',
  'null',
  'true',
  'undefined',
  'NaN',
  '0',
  '-0',
  '-1',
  '1e309',
  '0x10',
  ' 5',
  '٣',
  '9007199254740993',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '{"$gt":""}',
  'a'.repeat(4_096),
  ','.repeat(500),
  ';'.repeat(500),
  '='.repeat(500),
];

const ODD_NUMBERS: readonly unknown[] = [
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  -1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 2,
  Number.MIN_SAFE_INTEGER,
  8.64e15,
  8.64e15 + 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
];

export function oddText(random: Random): string {
  if (random.chance(0.7)) return random.pick(ODD_TEXTS);
  return Buffer.from(random.bytes(random.int(0, 40))).toString(
    random.pick(['latin1', 'utf8', 'base64url', 'hex']),
  );
}

/** Any value that JSON can carry, and some that it can't. */
export function oddValue(random: Random): unknown {
  const kinds: readonly (() => unknown)[] = [
    () => oddText(random),
    () => random.pick(ODD_NUMBERS),
    () => random.pick([null, true, false, undefined, [], {}]),
    () => [oddText(random), random.pick(ODD_NUMBERS)],
    () => ({ [oddText(random)]: oddText(random) }),
    () => nested(random.int(1, 2_000)),
  ];
  return random.pick(kinds)();
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** A copy of a document with one thing in it missing, odd, doubled or renamed. */
export function mutated(document: unknown, random: Random): unknown {
  const places = placesIn(document);
  if (places.length === 0) return oddValue(random);
  const at = random.pick(places);
  return changed(document, at, (parent, key) => {
    const kind = random.weighted({ remove: 3, odd: 6, add: 2, rename: 1, wrap: 1 });
    if (kind === 'remove') delete parent[key];
    else if (kind === 'odd') parent[key] = oddValue(random);
    else if (kind === 'wrap') parent[key] = [parent[key]];
    else {
      const name = oddText(random);
      const value = kind === 'add' ? oddValue(random) : parent[key];
      if (kind === 'rename') delete parent[key];
      // `parent[name] = …` would set a prototype.
      Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
    }
  });
}

type Place = readonly string[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null || at.length > 8) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...placesIn(inner, [...at, key])]);
}

function changed(
  document: unknown,
  [key, ...rest]: Place,
  change: (parent: Record<string, unknown>, key: string) => void,
): unknown {
  const copy = (Array.isArray(document) ? [...document] : { ...(document as object) }) as Record<
    string,
    unknown
  >;
  if (key === undefined) return copy;
  if (rest.length === 0) change(copy, key);
  else copy[key] = changed(copy[key], rest, change);
  return copy;
}

/** JSON, with a key `__proto__` and numbers that `JSON.stringify` can't write where it makes them so. */
export function toJson(value: unknown, random: Random): string {
  const json = JSON.stringify(value) ?? '';
  const kind = random.weighted({ asItIs: 12, proto: 1, infinite: 1, cut: 1, bom: 1, doubled: 1, twice: 1 });
  if (kind === 'proto') return json.replace(/^\{/, '{"__proto__":{"admin":true},');
  if (kind === 'infinite') return json.replace(/:\d+/, ':1e999');
  if (kind === 'cut') return json.slice(0, random.int(0, json.length));
  if (kind === 'bom') return `\ufeff${json}`;
  if (kind === 'doubled') return json + json;
  return kind === 'twice' ? JSON.stringify(json) : json;
}
