/**
 * @param given options of a caller who may have no types
 * @param prefix what stands before their names in the message
 * @throws Error naming what is no option: one that is misspelt would leave its rule at the default
 */
export function assertKnown(given: object, known: Readonly<Record<string, true>>, prefix = ''): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new Error(`the option ${prefix}${unknown} is not known`);
}
