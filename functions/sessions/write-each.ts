import { isSessionError } from '../../core/errors.ts';
import { createPool } from '../pool.ts';

/** Rows written or read at once: with 128, connections took over 300 ms. */
export const STORE_CONCURRENCY = 32;

/** What became of several writes. */
export interface Writes<Result> {
  /** Of those that the store answered, in the order of the answers. */
  readonly results: readonly Result[];
  /** How many the store did not answer. */
  readonly failed: number;
}

/** Writes several rows. A failure of the store keeps none of the others from being written; any other error is thrown. */
export async function writeEach<Row, Result>(
  rows: readonly Row[],
  write: (row: Row) => Promise<Result>,
): Promise<Writes<Result>> {
  const pool = createPool(STORE_CONCURRENCY);
  const results: Result[] = [];
  let failed = 0;
  await Promise.all(
    rows.map(async (row) => {
      try {
        results.push(await pool(() => write(row)));
      } catch (error) {
        if (!isSessionError(error) || error.code !== 'ERR_STORE_UNAVAILABLE') throw error;
        failed += 1;
      }
    }),
  );
  return { results, failed };
}
