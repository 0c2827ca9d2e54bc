import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { getMimeType } from 'hono/utils/mime';
import { type Answer, type HttpReply, pathOf } from './message.ts';

export interface SiteOptions {
  /** Folders of what is deployed into the bucket; an object is taken from the first that has it. */
  readonly folders: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** @default none */
  readonly cacheControl: string | undefined;
}

/** The static site as the distribution serves it: a path without an extension is a route of the one page. */
export function createSite({ folders, headers, cacheControl }: SiteOptions): Answer {
  const common: HttpReply['headers'] = [
    ...headers,
    ...(cacheControl === undefined ? [] : [['cache-control', cacheControl] as const]),
  ];
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return text(405, 'Method Not Allowed', [['allow', 'GET, HEAD'], ...common]);
    }
    const key = objectKey(pathOf(request));
    if (key === undefined) return text(404, 'Not Found', common);
    for (const folder of folders) {
      const body = await read(folder, key);
      if (body) return { status: 200, headers: [['content-type', contentType(key)], ...common], body };
    }
    return text(404, 'Not Found', common);
  };
}

/** @returns the media type of a file by its extension, with the charset where it is text */
export function contentType(file: string): string {
  return getMimeType(file) ?? 'application/octet-stream';
}

/** @returns the object that a path names, undefined for a path that tries to leave the bucket */
function objectKey(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.split(/[\\/]/).includes('..')) return undefined;
  return /\.[^/]+$/.test(decoded) ? decoded.slice(1) : 'index.html';
}

async function read(folder: string, key: string): Promise<Buffer | undefined> {
  const file = path.join(folder, key);
  if (!file.startsWith(folder + path.sep)) return undefined;
  return readFile(file).catch(() => undefined);
}

function text(status: number, message: string, headers: HttpReply['headers']): HttpReply {
  return {
    status,
    headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
    body: Buffer.from(message),
  };
}
