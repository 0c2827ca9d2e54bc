/** Runs what it is given, so many at a time, in order. */
export function limit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
    running += 1;
    return work().finally(() => {
      running -= 1;
      queue.shift()?.();
    });
  };
}
