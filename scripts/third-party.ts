import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';

/** What is in the functions' bundles: written by `npm run build`. */
export const FUNCTIONS_METAFILE = 'dist/functions.meta.json';

/** The published list of what is bundled, CycloneDX 1.6. */
export const SBOM = 'sbom.cdx.json';
/** The licenses of what is bundled, with their texts. */
export const NOTICES = 'THIRD-PARTY-NOTICES.txt';

const MERGED = 'dist/package.meta.json';

/** What CycloneDX says of a component, as far as the notices need it. */
export interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly author?: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string } }[];
  readonly evidence?: {
    readonly licenses?: readonly { readonly license: { readonly text: { readonly content: string } } }[];
  };
}

/** Several builds as one. */
export const mergeMetafiles = (metafiles: readonly Metafile[]): Metafile => ({
  inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
  outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
});

/**
 * Writes which packages of others are in the bundles, and under which licenses: what their licenses ask of those who
 * hand them on, and a list for those who look for vulnerable versions.
 */
export async function writeThirdParty(folder: string, metafiles: readonly Metafile[]): Promise<void> {
  await writeFile(MERGED, JSON.stringify(mergeMetafiles(metafiles)));
  await promisify(execFile)(process.execPath, [
    'node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js',
    '--mc-type=library',
    '--gather-license-texts',
    '--output-reproducible',
    `--output-file=${folder}/${SBOM}`,
    MERGED,
  ]);
  const { components } = JSON.parse(await readFile(`${folder}/${SBOM}`, 'utf8'));
  await writeFile(`${folder}/${NOTICES}`, notices(components));
}

/**
 * The notices for a list of components: each license text once, under those that it is of.
 *
 * @throws Error naming the components that state no license
 */
export function notices(components: readonly Component[]): string {
  const byText = new Map<string, Set<string>>();
  for (const component of components) {
    const declared = component.licenses?.map(({ license }) => license?.id).join(', ');
    const name = [component.group, component.name].filter(Boolean).join('/');
    if (!declared) throw new Error(`${name}: its package states no license`);
    const texts = component.evidence?.licenses?.map(({ license }) => decode(license.text.content));
    // Some packages state a license without its text: its name is what there is to hand on, with who wrote it.
    for (const text of texts ?? [`${declared}, ${component.author ?? 'without a text of its own'}\n`]) {
      const group = byText.get(text) ?? new Set();
      byText.set(text, group.add(`${name} ${component.version} (${declared})`));
    }
  }
  const parts = [...byText].map(([text, names]) => `${[...names].join('\n')}\n\n${text.trim()}\n`);
  return [INTRODUCTION, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

const INTRODUCTION = 'The files of this package contain parts of these packages, under these licenses.\n';

const decode = (content: string) => Buffer.from(content, 'base64').toString('utf8');
