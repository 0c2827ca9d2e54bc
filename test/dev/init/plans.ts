import { expect } from '@jest/globals';
import type { Plan } from '../../../dev/init/draft.ts';
import { planFor } from '../../../dev/init/plan.ts';
import { recognize } from '../../../dev/init/recognize.ts';
import type { Scaffold } from './scaffolds.ts';

/** What the command would do to a project. */
export function plan(scaffold: Scaffold): Plan {
  const files = new Map(Object.entries(scaffold));
  return planFor(files, recognize(files), '1.2.3');
}

/** The lines that a plan adds to a file, if it takes none away. */
export function added({ changes }: Plan, file: string): string[] {
  const { before = '', after = '' } = changes.find(({ path }) => path === file) ?? {};
  const rest = before.split('\n');
  const lines = after.split('\n').filter((line) => {
    if (line !== rest[0]) return true;
    rest.shift();
    return false;
  });
  expect(rest).toEqual([]);
  return lines;
}

/** A file as it would be. */
export const result = ({ changes }: Plan, file: string) => changes.find(({ path }) => path === file)?.after;
/** The files that would change. */
export const paths = ({ changes }: Plan) => changes.map(({ path }) => path).sort();
