import { afterAll, expect, test } from '@jest/globals';
import { stop, transform } from 'esbuild';
import { snippets } from '../package/snippets.ts';
import { type Block, blocks, WRITTEN_PAGES } from '../support/documentation.ts';

/** What is compiled under `strict` from the packed tarball: `npm run test:package`. */
const COMPILED = ['ts', 'tsx', 'vue', 'svelte'];
/** What is a command (commands.test.ts), a page or a part of one, or what a command prints. */
const TOLD = ['sh', 'html', ''];

/** Throws where a block is not what its fence says, or says something that nothing looks at. */
async function parse({ language, code }: Block): Promise<void> {
  if (language === 'json') JSON.parse(code);
  else if (language === 'js' || language === 'css') {
    const { warnings } = await transform(code, { loader: language, logLevel: 'silent' });
    expect(warnings).toEqual([]);
  } else if (![...COMPILED, ...TOLD].includes(language)) throw new Error(`what is ${language}?`);
}

afterAll(stop);

test.each(WRITTEN_PAGES)('%s shows code that is compiled, or that can be parsed at least', async (page) => {
  const shown = blocks(page);
  for (const block of shown) await parse(block);
  const compiled = snippets().filter((snippet) => snippet.page === page);
  expect(compiled).toHaveLength(shown.filter(({ language }) => COMPILED.includes(language)).length);
});

test('a block that nobody could compile is found', async () => {
  await expect(parse({ language: 'typescript', code: 'const a = 1;\n' })).rejects.toThrow(
    'what is typescript?',
  );
  await expect(parse({ language: 'json', code: '{ a: 1 }' })).rejects.toThrow();
  await expect(parse({ language: 'js', code: 'const a =' })).rejects.toThrow();
});
