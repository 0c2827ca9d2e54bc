/** Counts of what was tried. */
export const counts = { passed: 0, failed: 0 };

/** Tries one thing, and says how it went. */
export async function step(name: string, work: () => Promise<unknown>): Promise<boolean> {
  const from = Date.now();
  try {
    await work();
    counts.passed += 1;
    console.log(`ok      ${name} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.stack : String(error)}`);
    return false;
  }
}

/** As {@link step}, for what all other steps need. @throws Error when it failed */
export async function must(name: string, work: () => Promise<unknown>): Promise<void> {
  if (!(await step(name, work))) throw new Error(`${name}: nothing else can be tried`);
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Error when it does not hold in time */
export async function until(holds: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s`);
    await wait(500);
  }
}
