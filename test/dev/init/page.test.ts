import { describe, expect, test } from '@jest/globals';
import { entryOf, withDialog } from '../../../dev/init/page.ts';

describe('the entry of a page', () => {
  test.each(['src="/src/main.tsx"', "src='./src/main.tsx'", 'src="src/main.tsx" async'])('%s', (source) => {
    const html = `<script>let a;</script><script type="module" ${source}></script>`;
    expect(entryOf(html)).toBe('src/main.tsx');
  });

  test.each([
    '<p></p>',
    '<script type="module">let a</script>',
    '<script type="module" src="https://cdn.example/x.js"></script>',
    '<script type="module" src="/a.js"></script><script type="module" src="/b.js"></script>',
  ])('is none in %s', (html) => expect(() => entryOf(html)).toThrow('does not have exactly one module'));
});

describe('the dialog of React', () => {
  const shown = (root: string) =>
    withDialog('main.tsx', `import { createRoot } from 'react-dom/client';\n\n${root}\n`, './session');
  const DIALOG = '<SessionTimeoutDialog session={session} />';

  test.each([
    ['r.render(<App />);', `r.render(<>\n  <App />\n  ${DIALOG}\n</>);`],
    [
      'r.render(<React.StrictMode><App /></React.StrictMode>);',
      `r.render(<React.StrictMode><App />\n${DIALOG}</React.StrictMode>);`,
    ],
    [
      'r.render(<Provider store={s}><App /></Provider>);',
      `r.render(<>\n  <Provider store={s}><App /></Provider>\n  ${DIALOG}\n</>);`,
    ],
    ['r.render(\n  <>\n    <App />\n  </>,\n);', `r.render(\n  <>\n    <App />\n    ${DIALOG}\n  </>,\n);`],
  ])('%j', (root, expected) => expect(shown(root)).toContain(`\n\n${expected}\n`));

  test.each([
    ['r.render(tree);', 'it does not render exactly one element'],
    ['a.render(<A />); b.render(<B />);', 'it does not render exactly one element'],
    ['hydrateRoot(document, <App />);', 'it takes over what a server has rendered'],
  ])('is none with %s: %s', (root, reason) => {
    expect(() => shown(root)).toThrow(reason);
  });
});
