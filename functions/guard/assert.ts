/**
 * @param given options of a caller who may have no types
 * @param prefix what stands before their names in the message
 * @throws Error naming what is no option: one that is misspelt would leave its rule at the default
 */
export function assertKnown(given: object, known: Readonly<Record<string, true>>, prefix = ''): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new Error(`the option ${prefix}${unknown} is not known`);
}

/** @throws Error naming an option that is no whole number, or is under the least */
export function assertWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new Error(`the option ${name} must be a whole number, ${least} or more`);
}

/** @throws Error naming an option that is called at each request, and is no function. A caller without types may have null for what is left out */
export function assertCallable(name: string, value: unknown): void {
  if ((value ?? undefined) !== undefined && typeof value !== 'function')
    throw new Error(`the option ${name} must be a function`);
}
