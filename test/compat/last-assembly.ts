import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { ASSEMBLY, LAST_RELEASE } from '../../scripts/freeze-release.ts';

/**
 * Writes the cloud assembly of the last release's demo into a folder: its template, and the code of its functions.
 *
 * @param from the folder of the frozen release
 */
export async function unpackAssembly(folder: string, from: string = LAST_RELEASE): Promise<void> {
  const text = brotliDecompressSync(await readFile(path.join(from, ASSEMBLY))).toString();
  for (const [name, content] of Object.entries<string>(JSON.parse(text))) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
