import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { publishedLocales } from './package-manifest.ts';

/**
 * The dialog, which the bindings contain, with its styles, which are 1,700 of it. 600 are the English texts, and 500 the choice of
 * a language and its times and durations. 450 keep the page's focus traps, popovers, styles and typing from it, and 450 put it
 * over the page or beside it. 700 are the card, 200 what is spoken, 300 the rules of what shows when, and 2,300 what ties
 * these together: the element, two on a page, answers that are meant, the absolute limit, the system's notification, the
 * page's title, and notices that stay closed. 260 open the small window, and cover what somebody else should not see. 450 empty a
 * page and leave it, keep a covered one from paper, and remember for the document what one of its elements has shown.
 */
const ELEMENT = 7_870;

/** Budgets of what is shipped, in bytes: minified, and gzipped where a browser downloads it. */
export const BUDGETS: readonly { readonly file: string; readonly gzip: boolean; readonly max: number }[] = [
  // 3,072 and 5 %: deciding (`plan`) is apart from doing, and its parts share one record. And 125 for telling a server
  // that gives no answer from a network that is gone, and for its Retry-After. And 90 for asking again what was rejected
  // since the run of the browser was not shown, after a check of the run. And 144 for answers that are late or are none. And 6 for telling the
  // page that it has signed out.
  { file: 'dist/web/client.js', gzip: true, max: 3_590 },
  { file: 'dist/web/element.js', gzip: true, max: ELEMENT },
  { file: 'dist/web/react.js', gzip: true, max: ELEMENT + 500 },
  // 150 more, since it declares its props and events twice: to TypeScript and to Vue.
  { file: 'dist/web/vue.js', gzip: true, max: ELEMENT + 680 },
  // A language of the dialog each, of which a page loads one. Two thirds are its words.
  ...publishedLocales().map(({ name }) => ({ file: `dist/web/${name}.js`, gzip: true, max: 950 })),
  { file: 'dist/web/activity.js', gzip: true, max: 865 },
  // Encryption, its keys and their request are half of it: it had 1,155 before. And 1,250 for fields that come and go, that a
  // framework controls or that are edited in place, for focus and caret, for a version a tab, and for discarding.
  // And 320 for tabs that are copies of others, which is told by asking around, and 350 for what the server has rendered since.
  { file: 'dist/web/drafts.js', gzip: true, max: 5_090 },
  // 1,900, and 30 for setting the mark again where Chromium has forgotten it at a 401. And 20 for believing a page that says
  // it froze before its lock can be seen. And 50 for binding what begins in a small window, while its pages are open.
  // 30 more than before, for WebKit, whose beacons carry no mark.
  { file: 'dist/web/browser-close.js', gzip: true, max: 1_960 },
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
