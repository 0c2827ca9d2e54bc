/** Runs a job when fewer jobs than the pool has places are running; settles as the job does. */
export type Pool = <T>(job: () => Promise<T>) => Promise<T>;

/** A pool of `size` places, 1 or more. Jobs begin in the order in which they were given. */
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
