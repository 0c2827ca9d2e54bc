// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written like that
import { expect, test } from '@jest/globals';
import { type Resolution, resolve } from '../../local/intrinsics.ts';

const resolution: Resolution = {
  template: {
    Parameters: { Given: {}, Defaulted: { Default: 'd' }, Missing: {} },
    Resources: { Table: { Type: 'T' }, Role: { Type: 'R' } },
  },
  parameters: { Given: 'g' },
  physical: { Table: { ref: 'curfew', attributes: { Arn: 'arn:aws:dynamodb:x:y:table/curfew' } } },
};
const ok = (value: unknown) => resolve(value, resolution);

test('references: parameters, pseudo parameters, resources', () => {
  expect(ok({ Ref: 'Given' })).toBe('g');
  expect(ok({ Ref: 'Defaulted' })).toBe('d');
  expect(ok({ Ref: 'AWS::Region' })).toBe('us-east-1');
  expect(ok({ Ref: 'Table' })).toBe('curfew');
  expect(ok({ Ref: 'Role' })).toBe('Role');
});

test('attributes, in both forms', () => {
  expect(ok({ 'Fn::GetAtt': ['Table', 'Arn'] })).toBe('arn:aws:dynamodb:x:y:table/curfew');
  expect(ok({ 'Fn::GetAtt': 'Table.Arn' })).toBe('arn:aws:dynamodb:x:y:table/curfew');
  expect(ok({ 'Fn::GetAtt': ['Role', 'Arn'] })).toMatch(/^arn:.*:Role$/);
});

test('join, split, select and sub, nested', () => {
  const host = {
    'Fn::Select': [2, { 'Fn::Split': ['/', { 'Fn::Join': ['', ['https://', { Ref: 'Given' }, '/p']] }] }],
  };
  expect(ok(host)).toBe('g');
  expect(ok({ 'Fn::Sub': '${AWS::Partition}-${Table}-${Table.Arn}-${!Literal}' })).toBe(
    'aws-curfew-arn:aws:dynamodb:x:y:table/curfew-${Literal}',
  );
  expect(ok({ 'Fn::Sub': ['${a}-${Given}', { a: { Ref: 'Table' } }] })).toBe('curfew-g');
});

test('AWS::NoValue takes its property with it', () => {
  expect(ok({ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] })).toEqual({ b: [1] });
});

test.each([
  [{ Ref: 'Missing' }, /parameter Missing has no value/],
  [{ Ref: 'Nowhere' }, /Nowhere, which is not there/],
  [{ 'Fn::GetAtt': ['Nowhere', 'Arn'] }, /Nowhere, which is not there/],
  [{ 'Fn::Cidr': ['10.0.0.0/8'] }, /Fn::Cidr is not carried out here/],
  [{ 'Fn::Join': 'x' }, /Fn::Join takes a list/],
])('%j is an error, not a wrong value', (value, message) => {
  expect(() => ok(value)).toThrow(message);
});
