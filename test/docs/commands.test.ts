import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DEV_USAGE, readDevArguments } from '../../dev/command.ts';
import { INIT_USAGE, readInitArguments } from '../../dev/init/command.ts';
import { readConfiguration } from '../../examples/demo/configuration.ts';
import { readArguments, USAGE } from '../../functions/admin/cli/arguments.ts';
import { parseFlags } from '../../local/flags.ts';
import { blocks, spans, WRITTEN_PAGES } from '../support/documentation.ts';

/** The variables that commands name. */
const ENVIRONMENT = { APP_SECRET: 's'.repeat(32) };

/** The commands of a page's blocks: each on one line, without comments and prompts. */
function lines(page: string): string[] {
  return blocks(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/(?:^|\s)# .*|\s#\s.*$/, '').trim());
}

/** What follows a command in a line, as a shell hands it over; undefined where it is another command. */
function argumentsOf(command: string, line: string): string[] | undefined {
  const at = line.indexOf(command);
  if (at < 0) return undefined;
  const rest = line.slice(at + command.length).split(/ (?:&&|\||>) /)[0]!;
  return rest
    .replaceAll('<url>', 'https://id.example.com')
    .replaceAll(/<[^>]+>/g, (placeholder) => placeholder.slice(1, -1).replaceAll(' ', '-'))
    .split(/\s+/)
    .filter((argument) => argument !== '');
}

const ADMINISTRATION = /^(?:erase|restore|sessions)$/;
const CURFEW = /^(?:npm exec --no -- )?curfew (?=dev|erase|init|restore|sessions)/;

test('blocks with commands of Curfew can be run as they stand', () => {
  const all = WRITTEN_PAGES.flatMap((page) => lines(page));
  const own = all.flatMap((line) => argumentsOf('npm exec --no -- curfew', line) ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const line of all) {
    const argv = argumentsOf('npm exec --no -- curfew', line);
    if (argv?.[0] === 'dev') readDevArguments(argv.slice(1), ENVIRONMENT);
    else if (argv?.[0] === 'init') readInitArguments(argv.slice(1));
    else if (argv && ADMINISTRATION.test(argv[0] ?? '')) readArguments(argv, 'ada.lovelace');
    else if (argv) expect(USAGE).toContain(`curfew ${argv[0]} `);
    const start = argumentsOf('npm start -- ', line);
    if (start) parseFlags(start, ENVIRONMENT);
  }
});

test.each(WRITTEN_PAGES)('%s has blocks of commands that a shell can read', (page) => {
  const scripts = blocks(page).filter(({ language }) => language === 'sh');
  const input = scripts.map(({ code }) => code.replaceAll(/<[^>\n]+>/g, 'value')).join('\n');
  expect(input === '' ? '' : spawnSync('bash', ['-n'], { input, encoding: 'utf8' }).stderr).toBe('');
});

test.each(WRITTEN_PAGES)('%s names commands and flags of Curfew that exist', (page) => {
  for (const span of spans(page).filter((text) => CURFEW.test(text))) {
    const [topic = '', action = ''] = span.replace(/^.*?curfew /, '').split(/\s+/);
    const usage = { dev: DEV_USAGE, init: INIT_USAGE }[topic] ?? USAGE;
    const name = topic === 'sessions' ? `${topic} ${action}` : topic;
    const flags = span.match(/--[a-z-]+(?= |$)/g)?.filter((flag) => flag !== '--no') ?? [];
    for (const word of [`curfew ${name}`, ...flags])
      expect([span, usage]).toEqual([span, expect.stringContaining(word)]);
  }
  for (const span of spans(page)) {
    const start = argumentsOf('npm start -- ', span);
    if (start) parseFlags(start, ENVIRONMENT);
  }
});

test('no page has a command that fetches a stranger’s package', () => {
  const fetching = /npx (?:--yes |-y )?curfew\b|npm exec (?!--no -- )curfew\b/;
  expect(WRITTEN_PAGES.filter((page) => fetching.test(readFileSync(page, 'utf8')))).toEqual([]);
});

test('context keys of the demo are those that it reads, and Deploying lists them', () => {
  const keys = new Set<string>();
  readConfiguration((key) => void keys.add(key));
  const named = WRITTEN_PAGES.flatMap((page) =>
    [...lines(page), ...spans(page)].flatMap((text) => text.match(/\bcurfew:[a-zA-Z]+/g) ?? []),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((key) => !keys.has(key))).toEqual([]);
  const listed = readFileSync('docs/deploying.md', 'utf8');
  // For the runtime on a developer's machine.
  const local = ['allowShortWarning', 'allowShortAbsoluteTimeout', 'bundles', 'api', 'site'];
  expect([...keys].filter((key) => !listed.includes(`\`${key}\``))).toEqual(
    local.map((key) => `curfew:${key}`),
  );
});

/** What an example's files import from packages. */
function imported(folder: string): Set<string> {
  const files = globSync(`${folder}/**/*.ts`, {
    exclude: (file) => /^(?:node_modules|dist|cdk\.out)$/.test(file),
  });
  const found = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/^(?:import|export|\} from) ?(?:.* from )?'([^.'][^']*)'/gm),
  ]);
  const names = found.map(([, specifier]) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier!)![0]);
  return new Set(names.filter((name) => !name.startsWith('node:')));
}

const WITHOUT_MANIFEST = WRITTEN_PAGES.map(
  (page) => /^(examples\/\w[\w-]*)\/README\.md$/.exec(page)?.[1] ?? '',
).filter((folder) => folder !== '' && !existsSync(`${folder}/package.json`));

test.each(WITHOUT_MANIFEST)('%s says how to install what it imports', (folder) => {
  const installed = new Set(
    lines(`${folder}/README.md`)
      .flatMap((line) => line.split(' && '))
      .filter((command) => command.startsWith('npm install '))
      .flatMap((command) => command.split(' ').filter((word) => !word.startsWith('-'))),
  );
  const missing = [...imported(folder)].filter(
    (name) => !installed.has(name) && !installed.has(`@types/${name}`),
  );
  expect(missing).toEqual([]);
});
