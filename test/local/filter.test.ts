import { expect, test } from '@jest/globals';
import { matches } from '../../local/filter.ts';

const record = {
  eventName: 'MODIFY',
  dynamodb: { NewImage: { state: { S: 'ended' }, endedAt: { N: '5' } }, Keys: { pk: { S: 'session#a' } } },
  size: 7,
};

test.each([
  [{ eventName: ['INSERT', 'MODIFY'] }, true],
  [{ eventName: ['INSERT'] }, false],
  [{ dynamodb: { NewImage: { state: { S: ['ended'] } } } }, true],
  [{ dynamodb: { OldImage: { state: { S: ['active'] } } } }, false],
  [{ dynamodb: { OldImage: [{ exists: false }] } }, true],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'session#' }] } } } }, true],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'signin#' }, { suffix: '#a' }] } } } }, true],
  [{ eventName: [{ 'anything-but': ['MODIFY'] }] }, false],
  [{ eventName: [{ 'anything-but': 'REMOVE' }] }, true],
  [{ size: [{ numeric: ['>', 6, '<=', 7] }] }, true],
  // The trap that the template's filters keep clear of.
  [{ dynamodb: { NewImage: { endedAt: { N: [{ numeric: ['>', 0] }] } } } }, false],
  [{ $or: [{ eventName: ['INSERT'] }, { size: [7] }] }, true],
  [{}, true],
])('%j matches: %s', (pattern, expected) => {
  expect(matches(pattern, record)).toBe(expected);
});

test('an operator that is not known is an error, not a silent no', () => {
  expect(() => matches({ eventName: [{ wildcard: '*' }] }, record)).toThrow(/wildcard/);
});
