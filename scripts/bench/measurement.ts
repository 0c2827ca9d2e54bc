/** One line of a result: what was measured, and how it compares with ours. */
export interface Row {
  readonly subject: string;
  readonly value: number;
  readonly unit: string;
  /** `value` over ours: above 1 the other one is larger. */
  readonly ratio?: number;
  readonly note?: string;
}

/** Something that can be measured. Add it to the list in main.ts. */
export interface Measurement {
  /** Names it on the command line: `npm run bench -- sizes`. */
  readonly name: string;
  readonly title: string;
  run(): Promise<readonly Row[]>;
}

/** Adds the ratio to the first row, which is ours. */
export function besideFirst(rows: readonly Row[]): Row[] {
  const [first] = rows;
  return rows.map((row) => ({ ...row, ratio: row.value / (first ?? row).value }));
}
