import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { publishedLocales } from './package-manifest.ts';

/**
 * The dialog, which the bindings contain. Its styles are in it: 1,600 of it, which dialog.css had before. 900 are its English
 * texts, 450 the choice of a language, and 900 keep the page's focus traps, popovers, styles and typing from it.
 */
const ELEMENT = 6_830;

/** Budgets of what is shipped, in bytes: minified, and gzipped where a browser downloads it. */
export const BUDGETS: readonly { readonly file: string; readonly gzip: boolean; readonly max: number }[] = [
  // 3,072 and 5 %: deciding (`plan`) is apart from doing, and its parts share one record. And 125 for telling a server
  // that gives no answer from a network that is gone, and for its Retry-After. And 90 for asking again what was rejected
  // since the run of the browser was not shown, after a check of the run. And 144 for answers that are late or are none.
  { file: 'dist/web/client.js', gzip: true, max: 3_584 },
  { file: 'dist/web/element.js', gzip: true, max: ELEMENT },
  { file: 'dist/web/react.js', gzip: true, max: ELEMENT + 500 },
  // 150 more, since it declares its props and events twice: to TypeScript and to Vue.
  { file: 'dist/web/vue.js', gzip: true, max: ELEMENT + 680 },
  // A language of the dialog each, of which a page loads one. Two thirds are its words.
  ...publishedLocales().map(({ name }) => ({ file: `dist/web/${name}.js`, gzip: true, max: 1_000 })),
  { file: 'dist/web/activity.js', gzip: true, max: 900 },
  // Encryption, its keys and their request are half of it: it had 1,155 before. And 1,250 for fields that come and go, that a
  // framework controls or that are edited in place, for focus and caret, for a version a tab, and for discarding.
  { file: 'dist/web/drafts.js', gzip: true, max: 4_700 },
  // 1,900, and 30 for setting the mark again where Chromium has forgotten it at a 401. And 20 for believing a page that says
  // it froze before its lock can be seen.
  { file: 'dist/web/browser-close.js', gzip: true, max: 1_950 },
];

let over = 0;
for (const { file, gzip, max } of BUDGETS) {
  const bytes = readFileSync(file);
  const size = gzip ? gzipSync(bytes, { level: 9 }).length : bytes.length;
  const result = size <= max ? 'ok' : 'OVER';
  if (size > max) over += 1;
  console.log(`size: ${file} ${size} of ${max} bytes${gzip ? ' gzipped' : ''} ${result}`);
}
if (over > 0) process.exit(1);
