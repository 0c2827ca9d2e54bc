import { expect, test } from '@jest/globals';
import { createFilter } from '../../../local/lambda/filter.ts';

const record = {
  eventName: 'MODIFY',
  dynamodb: { NewImage: { state: { S: 'ended' } }, Keys: { pk: { S: 'session#a' } } },
};

test.each([
  [{ eventName: ['INSERT', 'MODIFY'] }, true],
  [{ eventName: ['INSERT'] }, false],
  [{ dynamodb: { NewImage: { state: { S: ['ended'] } } } }, true],
  [{ dynamodb: { NewImage: { state: { S: ['ended'] } } }, eventName: ['INSERT'] }, false],
  [{ dynamodb: { OldImage: { state: { S: ['active'] } } } }, false],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'session#' }] } } } }, true],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'signin#' }, { prefix: 'session#a' }] } } } }, true],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'signin#' }] } } } }, false],
  [{}, true],
])('%j matches: %s', (pattern, expected) => {
  expect(createFilter(pattern)(record)).toBe(expected);
});

test.each([
  [{ eventName: [{ wildcard: '*' }] }, 'wildcard'],
  [{ eventName: [{ 'anything-but': ['REMOVE'] }] }, 'anything-but'],
  [{ eventName: [{ suffix: 'Y' }] }, 'suffix'],
  [{ dynamodb: { OldImage: [{ exists: false }] } }, 'exists'],
  [{ dynamodb: { NewImage: { endedAt: { N: [{ numeric: ['>', 0] }] } } } }, 'numeric'],
  [{ eventName: [{ prefix: ['M'] }] }, 'prefix'],
  [{ $or: [{ eventName: ['INSERT'] }] }, '$or'],
  [{ eventName: 'INSERT' }, '"INSERT"'],
  [{ size: [7] }, '7'],
  [[], '[]'],
])('%j is an error that names %s, not a silent no', (pattern, name) => {
  expect(() => createFilter(pattern)).toThrow(name);
  expect(() => createFilter(pattern)).toThrow(/is not supported/);
});
