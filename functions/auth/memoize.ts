/** Keeps a success; after a failure the next request tries again. */
export function memoizeUntilFailure<Value>(make: () => Promise<Value>) {
  let value: Promise<Value> | undefined;
  const forget = () => {
    value = undefined;
  };
  const get = () => {
    value ??= make();
    const current = value;
    return current.catch((error) => {
      if (value === current) forget();
      throw error;
    });
  };
  return { get, forget };
}
