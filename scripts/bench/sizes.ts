import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildWeb } from '../build-web.ts';
import { besideFirst, type Measurement, type Row } from './measurement.ts';
import { installPeers, PEERS } from './peers.ts';

interface Subject {
  readonly subject: string;
  readonly entry: string;
  /** Where its imports are found. */
  readonly from: string;
  readonly note: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    subject: 'curfew/client',
    from: '.',
    entry: "export * from './dist/web/client.js'",
    note: 'activity, tabs, server truth',
  },
  {
    subject: 'curfew/element',
    from: '.',
    entry: "export * from './dist/web/element.js'",
    note: 'the dialog in English, with its CSS',
  },
  {
    subject: 'curfew/client + curfew/element',
    from: '.',
    entry: "export * from './dist/web/client.js'; export * from './dist/web/element.js'",
    note: 'both',
  },
  {
    subject: 'react-idle-timer 5.7.2',
    from: PEERS,
    entry: "export * from 'react-idle-timer'",
    note: 'activity and tabs; no dialog, no server',
  },
  {
    subject: '@ng-idle/core 16.0.0',
    from: PEERS,
    entry: "export * from '@ng-idle/core'",
    note: 'activity; no dialog, no server',
  },
  {
    subject: 'hmrc-frontend 7.27.0, timeout dialog',
    from: PEERS,
    entry: "export { default } from 'hmrc-frontend/hmrc/components/timeout-dialog/timeout-dialog.js'",
    note: 'a dialog; no activity',
  },
];

/** Bundled, minified and gzipped by the same tools in one run; frameworks are left out, since they are there anyway. */
async function sizeOf({ subject, entry, from, note }: Subject): Promise<Row> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: from, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    // Of the languages a page loads one, if any.
    external: ['./element/locales/*', 'react', 'react/*', 'react-dom', '@angular/*', 'rxjs', 'rxjs/*'],
    logLevel: 'error',
  });
  return {
    subject,
    // One entry point makes one file.
    value: gzipSync(outputFiles[0]!.contents, { level: 9 }).length,
    unit: 'bytes min+gzip',
    note,
  };
}

export const sizes: Measurement = {
  name: 'sizes',
  title: 'What a browser downloads',
  async run() {
    installPeers();
    await buildWeb();
    return besideFirst(await Promise.all(SUBJECTS.map(sizeOf)));
  },
};
