import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { BROWSER_BUNDLE } from './build-web.ts';

export const BINDING_SCRIPT_FILE = 'functions/guard/binding-script.generated.ts';

const ENTRY = 'web/browser-close/rendered-page.ts';

/** The module that hands a guard the script of {@link ENTRY}, as it is checked in: functions/ may not import web/. */
export async function bindingScriptModule(): Promise<string> {
  const { outputFiles } = await build({
    ...BROWSER_BUNDLE,
    // Short names are chosen by how often letters occur in all the sources, so that unrelated changes would change them.
    minify: false,
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'iife',
    entryPoints: [ENTRY],
    write: false,
  });
  const script = outputFiles.map(({ text }) => text.trim()).join('');
  return `// Generated from ${ENTRY} by \`node scripts/binding-script.ts\`. Do not edit.
export const BINDING_SCRIPT = ${JSON.stringify(script)};
`;
}

if (import.meta.main) {
  await writeFile(BINDING_SCRIPT_FILE, await bindingScriptModule());
  console.log(`wrote ${BINDING_SCRIPT_FILE}`);
}
