import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const read = (file: string) => parse(readFileSync(file, 'utf8'));

/** Everything that package.json pins. */
const PINNED = Object.keys({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
  ...manifest.overrides,
});

/** Whether a name of the update bot's configuration, which may end in `*`, stands for something that is pinned. */
function isPinned(name: string): boolean {
  return name.endsWith('*')
    ? PINNED.some((pinned) => pinned.startsWith(name.slice(0, -1)))
    : PINNED.includes(name);
}

test('.nvmrc names the Node.js that the scripts run on', () => {
  const major = readFileSync('.nvmrc', 'utf8').trim();
  const runtimes = Object.entries<string>(manifest.optionalDependencies);
  expect(runtimes.length).toBeGreaterThan(0);
  for (const [, version] of runtimes) expect(version.split('.')[0]).toBe(major);
});

test('every dependency is pinned to one version', () => {
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const version of Object.values(manifest[kind])) {
      expect(version).toMatch(/^(?:npm:[\w@/-]+@)?\d+\.\d+\.\d+$/);
    }
  }
});

// Two packages bring a command of that name, and npm decides which of them `tsc` is.
test('scripts name the compiler by its path', () => {
  for (const script of Object.values(manifest.scripts)) expect(script).not.toMatch(/(?:^|\s)tsc\b/);
});

test('the update bot leaves out only what is used, and says why', () => {
  const [npm] = read('.github/dependabot.yml').updates;
  const text = readFileSync('.github/dependabot.yml', 'utf8').split('\n');
  for (const { 'dependency-name': name } of npm.ignore) {
    expect([name, isPinned(name)]).toEqual([name, true]);
    const line = text.findIndex((entry) => entry.includes('dependency-name') && entry.includes(name));
    // A comment above it, or above the entry before it where one reason holds for both.
    expect(
      text
        .slice(line - 3, line)
        .join('\n')
        .includes('# '),
    ).toBe(true);
  }
  for (const { patterns } of Object.values<{ patterns: string[] }>(npm.groups)) {
    for (const pattern of patterns) expect([pattern, isPinned(pattern)]).toEqual([pattern, true]);
  }
});

test('forms have what GitHub demands of them', () => {
  const forms = readdirSync('.github/ISSUE_TEMPLATE').filter((file) => file !== 'config.yml');
  expect(forms.length).toBeGreaterThan(0);
  for (const form of forms) {
    const { name, description, body } = read(`.github/ISSUE_TEMPLATE/${form}`);
    expect([typeof name, typeof description]).toEqual(['string', 'string']);
    const fields = body.filter(({ type }: { type: string }) => type !== 'markdown');
    const ids = fields.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, attributes } of fields) {
      expect(['textarea', 'input', 'dropdown', 'checkboxes']).toContain(type);
      expect(typeof attributes.label).toBe('string');
      if (type === 'dropdown' || type === 'checkboxes') expect(attributes.options.length).toBeGreaterThan(0);
    }
  }
});

test('continuous integration runs what a contributor runs', () => {
  const { jobs } = read('.github/workflows/ci.yml');
  const steps = Object.values<{ steps: { run?: string }[] }>(jobs).flatMap((job) => job.steps);
  expect(steps.at(-1)?.run).toBe('.ci/run');
});

test('random values come from the seeded copy of fast-check: no run differs from the one before', () => {
  const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const direct = tests.filter((file) =>
    /^import .* from 'fast-check'/m.test(readFileSync(`test/${file}`, 'utf8')),
  );
  expect(direct).toEqual(['support/fast-check.ts']);
});
