import { expect, test } from '@jest/globals';
import { describeError } from '../../../functions/http/problem.ts';

test('an error for the log has names, messages, codes and stacks along the chain of causes, and nothing else', () => {
  const cause = Object.assign(new Error('inner'), { code: 'E', response: 'a body' });
  const described = describeError(new TypeError('outer', { cause }));
  expect(described).toMatchObject({
    name: 'TypeError',
    message: 'outer',
    cause: { name: 'Error', message: 'inner', code: 'E' },
  });
  expect(described).toHaveProperty('stack');
  expect(JSON.stringify(described)).not.toContain('a body');
});

test.each(['secret!', '{"access_token":"secret"', '{"a":secret}'])(
  'nothing of %s, which is no JSON, is in the log',
  (text) => {
    let failure: unknown;
    try {
      JSON.parse(text);
    } catch (error) {
      failure = error;
    }
    const described = describeError(new Error('sign-in: sign_in_failed', { cause: failure }));
    expect(described).toMatchObject({ cause: { name: 'SyntaxError' } });
    expect(JSON.stringify(described)).not.toContain('secr');
  },
);
