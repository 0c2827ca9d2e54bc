import { describe, expect, test } from '@jest/globals';
import { nextVersion, replaceVersion } from '../../scripts/version.ts';

describe('the next version', () => {
  test.each([
    ['1.2.3', 'patch', '1.2.4'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'major', '2.0.0'],
    ['0.9.9', 'patch', '0.9.10'],
    ['1.2.3', '1.2.3', '1.2.3'],
    ['1.2.3', '1.2.4', '1.2.4'],
    ['1.9.0', '1.10.0', '1.10.0'],
    ['1.2.3', '2.0.0', '2.0.0'],
  ])('after %s by %s is %s', (current, target, version) => {
    expect(nextVersion(current, target)).toBe(version);
  });

  test.each(['1.2.2', '1.1.9', '0.9.9', '1.2', 'v1.2.4', '1.2.4-rc.1', '01.2.4', '', 'pathc'])(
    'after 1.2.3 is never %p',
    (target) => expect(() => nextVersion('1.2.3', target)).toThrow(/^version: /),
  );
});

describe('the version in a manifest', () => {
  const lock =
    '{"name": "curfew", "version": "0.1.0", "packages": {"": {"version": "0.1.0"}, "x": {"version": "0.1.0"}}}';

  test('is replaced in its own places, and not in those of a dependency', () => {
    const replaced = JSON.parse(replaceVersion(lock, '0.1.0', '0.2.0', 2));
    expect([replaced.version, replaced.packages[''].version, replaced.packages.x.version]).toEqual([
      '0.2.0',
      '0.2.0',
      '0.1.0',
    ]);
  });

  test('has to be the one that is expected there', () => {
    expect(() => replaceVersion(lock, '0.0.9', '0.2.0', 1)).toThrow('version: 0.0.9 expected');
    expect(() => replaceVersion('{"version": "0.1.0"}', '0.1.0', '0.2.0', 2)).toThrow('expected');
  });
});
