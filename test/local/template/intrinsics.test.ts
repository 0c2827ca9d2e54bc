import { expect, test } from '@jest/globals';
import { resolve, type Source } from '../../../local/template/intrinsics.ts';

const source: Source = {
  template: {
    Resources: {
      Table: { Type: 'AWS::DynamoDB::GlobalTable' },
      Named: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName: { Ref: 'Given' } } },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'curfew' } },
      Sweep: { Type: 'AWS::Lambda::Function' },
      Failures: { Type: 'AWS::SQS::Queue' },
      Mails: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'mails' } },
      Secret: { Type: 'AWS::SecretsManager::Secret' },
    },
  },
  parameters: { Given: 'g' },
};
const ok = (value: unknown) => resolve(value, source);

test('references: parameters, and resources by their name or their logical id', () => {
  expect(ok({ Ref: 'Given' })).toBe('g');
  expect(ok({ Ref: 'Bus' })).toBe('curfew');
  expect(ok({ Ref: 'Table' })).toBe('Table');
  expect(ok({ Ref: 'Named' })).toBe('g');
  expect(ok({ Ref: 'Secret' })).toBe('Secret');
});

test('a reference to a queue is its URL', () => {
  expect(ok({ Ref: 'Failures' })).toBe('https://sqs.us-east-1.amazonaws.com/000000000000/Failures');
  expect(ok({ Ref: 'Mails' })).toBe('https://sqs.us-east-1.amazonaws.com/000000000000/mails');
});

test('attributes of what runs here', () => {
  expect(ok({ 'Fn::GetAtt': ['Sweep', 'Arn'] })).toBe('arn:aws:lambda:us-east-1:000000000000:function:Sweep');
  expect(ok({ 'Fn::GetAtt': ['Named', 'StreamArn'] })).toBe(
    'arn:aws:dynamodb:us-east-1:000000000000:table/g/stream/local',
  );
});

test('join, of references and in lists and objects', () => {
  expect(ok({ a: [{ 'Fn::Join': ['', ['x:', { Ref: 'Given' }, ':y']] }], b: 1, c: null })).toEqual({
    a: ['x:g:y'],
    b: 1,
    c: null,
  });
});

test.each([
  [{ Ref: 'Nowhere' }, 'Nowhere is neither a resource nor a parameter'],
  [{ Ref: 'AWS::StackName' }, 'AWS::StackName'],
  [{ Ref: 'AWS::NoValue' }, 'AWS::NoValue'],
  [{ 'Fn::GetAtt': ['Nowhere', 'Arn'] }, 'Nowhere is neither a resource nor a parameter'],
  [{ 'Fn::GetAtt': ['Secret', 'Arn'] }, 'Secret.Arn (AWS::SecretsManager::Secret) is not supported'],
  [{ 'Fn::GetAtt': 'Sweep.Arn' }, 'Fn::GetAtt of "Sweep.Arn" is not supported'],
  [{ 'Fn::Sub': 'x' }, 'Fn::Sub is not supported'],
  [{ 'Fn::Select': [0, ['a']] }, 'Fn::Select is not supported'],
  [{ 'Fn::Split': ['/', 'a/b'] }, 'Fn::Split is not supported'],
  [{ 'Fn::If': ['C', 1, 2] }, 'Fn::If is not supported'],
  [{ 'Fn::Join': 'x' }, 'Fn::Join takes a separator and a list'],
])('%j is an error, not a wrong value', (value, message) => {
  expect(() => ok(value)).toThrow(message);
});
