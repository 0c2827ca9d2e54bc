import { isRecord } from '../json.ts';

/** Whether a record passes. */
export type Filter = (record: unknown) => boolean;

/**
 * Event filtering as event source mappings have it: a pattern is an object of fields, each with the list of its
 * alternatives, a text or `{prefix}`. No other operator is used: numbers in a stream record are texts, so a numeric
 * rule would match nothing, silently.
 *
 * @throws Error naming the part of the pattern that is not supported
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function createFilter(pattern: unknown): Filter {
  if (!isRecord(pattern)) throw notSupported(pattern);
  const fields = Object.entries(pattern).map(([name, rule]): Filter => {
    if (name.startsWith('$')) throw notSupported({ [name]: rule });
    const matches = Array.isArray(rule) ? anyOf(rule.map(createRule)) : createFilter(rule);
    return (record) => matches(isRecord(record) ? record[name] : undefined);
  });
  return (record) => fields.every((matches) => matches(record));
}

function anyOf(alternatives: readonly Filter[]): Filter {
  return (value) => alternatives.some((matches) => matches(value));
}

function createRule(rule: unknown): Filter {
  if (typeof rule === 'string') return (value) => value === rule;
  const { prefix, ...others } = isRecord(rule) ? rule : {};
  if (typeof prefix !== 'string' || Object.keys(others).length > 0) throw notSupported(rule);
  return (value) => typeof value === 'string' && value.startsWith(prefix);
}

const notSupported = (part: unknown) => new Error(`filter: ${JSON.stringify(part)} is not supported`);
