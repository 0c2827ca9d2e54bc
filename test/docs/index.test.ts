import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { WRITTEN_PAGES } from '../support/documentation.ts';

const INDEX = 'docs/README.md';

test('the index leads to every page by task, and to the props of every construct', () => {
  const text = readFileSync(INDEX, 'utf8');
  const linked = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => path.posix.join('docs', target!));
  const pages = WRITTEN_PAGES.filter(
    (page) => /^docs\/(?:guides\/)?[\w-]+\.md$/.test(page) && page !== INDEX,
  );
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  const reference = readFileSync('docs/api/construct.md', 'utf8');
  // Of the constructs and classes that users make; what others inherit, or make for them, is in theirs.
  const inherited = ['ObservabilityProps', 'PolicyProps'];
  const props = [...reference.matchAll(/^### (\w+(?:Props|Attributes|Thresholds|BehaviorsOptions))$/gm)].map(
    ([, name]) => name!,
  );
  const missing = props.filter((name) => !text.includes(`construct.md#${name.toLowerCase()}`));
  expect(missing).toEqual(inherited);
});
