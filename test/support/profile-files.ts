import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Driven, Profile } from './real-browsers.ts';
import { until } from './until.ts';

/** A tab, and the session cookie of its site. */
export interface Restorable {
  readonly host: string;
  readonly url: string;
}

/** Waits until a browser has on disk what it brings back after a crash: every tab, and its site's session cookie. */
export async function writtenToDisk(
  profile: Profile,
  driven: Driven,
  restorables: readonly Restorable[],
): Promise<void> {
  const { engine, folder } = profile;
  if (engine === 'chromium') await fillCookieQueue(driven);
  const written = engine === 'chromium' ? chromiumWrote : firefoxWrote;
  await until(`${engine} to write ${restorables.length} tabs`, () => written(folder, restorables), 60_000);
  if (engine === 'chromium' && !profile.restore)
    await until('a mark of the crash', () => isMarked(folder), 60_000);
}

/** Chromium writes its cookies half a minute after the first that changed, or at once when 512 have. */
async function fillCookieQueue({ browser }: Driven): Promise<void> {
  // No site may have more than 180.
  const cookies = Array.from({ length: 600 }, (_, id) => ({
    name: `filler-${id}`,
    value: 'x',
    url: `http://filler-${id % 6}.localhost/`,
  }));
  const cdp = await browser.target().createCDPSession();
  await cdp.send('Storage.setCookies', { cookies });
  await cdp.detach();
}

/**
 * A row of the cookies' database has host and name side by side; the file of a window's tabs has their addresses. While a
 * transaction is written its journal has a content, and SQLite's next start would undo it.
 */
async function chromiumWrote(folder: string, restorables: readonly Restorable[]): Promise<boolean> {
  const sessions = path.join(folder, 'Default', 'Sessions');
  const cookies = await readFile(path.join(folder, 'Default', 'Cookies'), 'latin1');
  const journal = await readFile(path.join(folder, 'Default', 'Cookies-journal')).catch(() => '');
  if (journal.length > 0) return false;
  const files = (await readdir(sessions)).filter((name) => name.startsWith('Session_'));
  const tabs = await Promise.all(files.map((name) => readFile(path.join(sessions, name), 'latin1')));
  return restorables.every(
    ({ host, url }) =>
      cookies.includes(`${host}.localhost__Host-session`) && tabs.some((text) => text.includes(url)),
  );
}

/** What a start takes for a crash, and keeps the cookies for: Chromium writes it 10 s after it was started. */
async function isMarked(folder: string): Promise<boolean> {
  const preferences = JSON.parse(await readFile(path.join(folder, 'Default', 'Preferences'), 'utf8'));
  return preferences.profile?.exit_type === 'Crashed';
}

interface FirefoxSession {
  readonly windows: readonly { readonly tabs: readonly { entries: readonly { url: string }[] }[] }[];
  readonly cookies?: readonly { readonly host: string; readonly name: string }[];
}

async function firefoxWrote(folder: string, restorables: readonly Restorable[]): Promise<boolean> {
  const file = await readFile(path.join(folder, 'sessionstore-backups', 'recovery.jsonlz4'));
  const { windows, cookies = [] }: FirefoxSession = JSON.parse(decompress(file).toString());
  const urls = windows.flatMap(({ tabs }) => tabs.flatMap(({ entries }) => entries.map(({ url }) => url)));
  return restorables.every(
    ({ host, url }) =>
      urls.includes(url) &&
      cookies.some((cookie) => cookie.host === `${host}.localhost` && cookie.name === '__Host-session'),
  );
}

/** Mozilla's frame of one LZ4 block: 8 bytes of magic, 4 of size, then literals and matches in turn. */
function decompress(file: Buffer): Buffer {
  const out = Buffer.alloc(file.readUInt32LE(8));
  let from = 12;
  let to = 0;
  const lengthFrom = (nibble: number) => {
    let length = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255; length += more) {
      more = file[from]!;
      from += 1;
    }
    return length;
  };
  while (from < file.length) {
    const token = file[from]!;
    from += 1;
    const literals = lengthFrom(token >> 4);
    to += file.copy(out, to, from, from + literals);
    from += literals;
    if (from >= file.length) break;
    const distance = file.readUInt16LE(from);
    from += 2;
    // A match may reach into what it writes.
    for (let left = lengthFrom(token & 15) + 4; left > 0; left -= 1) {
      out[to] = out[to - distance]!;
      to += 1;
    }
  }
  return out;
}
