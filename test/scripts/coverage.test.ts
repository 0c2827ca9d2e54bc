import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

// A run of its own: to measure the coverage of the rules in the whole run would more than double its time.
test('the tests of core/ reach every statement, branch and function of it', () => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'coverage'], { encoding: 'utf8' });
  expect({ status, report: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, report: '' });
});
