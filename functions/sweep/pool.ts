/** Runs a job when fewer than the pool's size are under way; resolves with what the job resolves with. */
export type Pool = <T>(job: () => Promise<T>) => Promise<T>;

/** A pool of `size` places. Jobs begin in the order in which they were handed in. */
export function createPool(size: number): Pool {
  const waiting: (() => void)[] = [];
  let free = size;
  return async (job) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
