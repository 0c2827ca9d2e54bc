/**
 * Event filtering as event source mappings have it: a pattern is an object of lists, each the alternatives for a
 * field. Numbers in a stream record are strings, so a numeric rule matches none of them; neither does it here.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function matches(pattern: unknown, value: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) {
    throw new Error('filter: a pattern is an object of fields');
  }
  return Object.entries(pattern).every(([field, rule]) => {
    if (field === '$or') return (rule as unknown[]).some((alternative) => matches(alternative, value));
    const actual =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
    return Array.isArray(rule) ? rule.some((one) => matchesRule(one, actual)) : matches(rule, actual);
  });
}

function matchesRule(rule: unknown, actual: unknown): boolean {
  if (typeof rule !== 'object' || rule === null)
    return Array.isArray(actual) ? actual.includes(rule) : actual === rule;
  const [[operator, operand]] = Object.entries(rule) as [[string, unknown]];
  switch (operator) {
    case 'exists':
      return (actual !== undefined) === operand;
    case 'prefix':
      return typeof actual === 'string' && actual.startsWith(String(operand));
    case 'suffix':
      return typeof actual === 'string' && actual.endsWith(String(operand));
    case 'anything-but':
      return actual !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(actual);
    case 'numeric':
      return typeof actual === 'number' && comparisons(operand as unknown[]).every((holds) => holds(actual));
    default:
      throw new Error(`filter: ${operator} is not carried out here`);
  }
}

function comparisons(operand: unknown[]): ((actual: number) => boolean)[] {
  const all: ((actual: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const limit = Number(operand[index + 1]);
    const compare = {
      '=': (actual: number) => actual === limit,
      '<': (actual: number) => actual < limit,
      '<=': (actual: number) => actual <= limit,
      '>': (actual: number) => actual > limit,
      '>=': (actual: number) => actual >= limit,
    }[String(operand[index])];
    if (!compare) throw new Error(`filter: ${String(operand[index])} is no comparison`);
    all.push(compare);
  }
  return all;
}
