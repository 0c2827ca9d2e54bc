import { expect, test } from '@jest/globals';
import { releaseChangelog } from '../../scripts/changelog.ts';

const CHANGELOG = `# Changelog

All notable changes.

## Unreleased

### Added

- A dialog.

## 0.1.0 - 2026-11-22

### Added

- Sessions.
`;

test('what is unreleased becomes the section of the version, under an empty "Unreleased"', () => {
  const { text, notes } = releaseChangelog(CHANGELOG, '0.2.0', '2027-01-02');
  expect(notes).toBe('### Added\n\n- A dialog.');
  expect(text).toBe(CHANGELOG.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2027-01-02\n'));
});

test('the first release has no section below it', () => {
  const first = CHANGELOG.slice(0, CHANGELOG.indexOf('\n## 0.1.0'));
  expect(releaseChangelog(first, '0.1.0', '2027-01-02').text).toBe(
    `${first.replace('## Unreleased\n', '## Unreleased\n\n## 0.1.0 - 2027-01-02\n')}`,
  );
});

test.each([
  ['nothing to release', '0.3.0', '2027-01-02', releaseChangelog(CHANGELOG, '0.2.0', '2027-01-02').text],
  ['headings without an entry', '0.2.0', '2027-01-02', CHANGELOG.replace('- A dialog.', '')],
  ['no heading', '0.2.0', '2027-01-02', CHANGELOG.replace('## Unreleased', '## Next')],
  ['a version that has a section', '0.1.0', '2027-01-02', CHANGELOG],
  ['a date in another form', '0.2.0', '2 January 2027', CHANGELOG],
])('rejects %s', (_, version, date, text) => {
  expect(() => releaseChangelog(text, version, date)).toThrow(/^(?:CHANGELOG\.md|date): /);
});
