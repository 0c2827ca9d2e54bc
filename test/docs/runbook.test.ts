import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const alarms = [
  ...readFileSync('infra/constructs/observability.ts', 'utf8').matchAll(/this\.alarm\('(\w+)'/g),
].map(([, name]) => name!);

test('every alarm has its chapter in the runbook, and no chapter is about an alarm that is gone', () => {
  const chapters = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (\w+):/gm)].map(
    ([, name]) => name!,
  );
  expect(alarms.length).toBeGreaterThan(0);
  expect(chapters.sort()).toEqual(alarms.sort());
});
