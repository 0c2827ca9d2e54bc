/** The heading under which changes are collected until they are released. */
const UNRELEASED = '## Unreleased';

/** What a release adds to the changelog: the whole new text, and its own section for the tag's message. */
export interface ReleasedChangelog {
  readonly text: string;
  /** The entries of the release, without its heading. */
  readonly notes: string;
}

/**
 * Turns what is collected under "Unreleased" into the section of a version (Keep a Changelog), and leaves an empty
 * "Unreleased" above it.
 *
 * @param date day of the release, `yyyy-mm-dd`
 * @throws Error if there is no such heading, nothing under it, or a section of that version already
 */
export function releaseChangelog(changelog: string, version: string, date: string): ReleasedChangelog {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Error(`date: must be yyyy-mm-dd, not ${date}`);
  const lines = changelog.split('\n');
  const start = lines.indexOf(UNRELEASED);
  if (start < 0) throw new Error(`CHANGELOG.md: has no heading "${UNRELEASED}"`);
  if (lines.some((line) => line.startsWith(`## ${version} `))) {
    throw new Error(`CHANGELOG.md: has a section of ${version} already`);
  }
  const after = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  const end = after < 0 ? lines.length : after;
  const notes = lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
  if (!/^- /m.test(notes)) throw new Error(`CHANGELOG.md: there is nothing under "${UNRELEASED}"`);
  const section = [UNRELEASED, '', `## ${version} - ${date}`, '', notes, ''];
  const text = [...lines.slice(0, start), ...section, ...lines.slice(end)].join('\n');
  return { text, notes };
}
