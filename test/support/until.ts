/** Waits, in real time, until something holds; says what did not. */
export async function until<T>(what: string, check: () => Promise<T>, withinMs = 30_000): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    // A page that is just being left has no document to ask.
    let failure: unknown;
    const result = await Promise.resolve(check()).catch((error) => {
      failure = error;
    });
    if (result) return result;
    if (performance.now() > giveUpAt) {
      throw new Error(`not within ${withinMs} ms: ${what}`, failure ? { cause: failure } : undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
