import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Budgets of what is shipped, in bytes: minified, and gzipped where a browser downloads it. */
export const BUDGETS: readonly { readonly file: string; readonly gzip: boolean; readonly max: number }[] = [
  { file: 'dist/web/client.js', gzip: true, max: 3_080 },
  { file: 'dist/web/element.js', gzip: true, max: 2_560 },
  { file: 'dist/web/browser-close.js', gzip: true, max: 1_900 },
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
