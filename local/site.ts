import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpReply } from './http-event.ts';
import type { Resource } from './template.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * The headers that a ResponseHeadersPolicy of the template adds. Strict-Transport-Security is left out: on
 * `localhost` it would send the browser to a TLS port that no local server has, for a year.
 */
export function policyHeaders(policy: Resource | undefined): [string, string][] {
  const config = policy?.Properties?.ResponseHeadersPolicyConfig ?? {};
  const security = config.SecurityHeadersConfig ?? {};
  const headers: [string, string][] = [];
  if (security.ContentSecurityPolicy) {
    headers.push(['content-security-policy', security.ContentSecurityPolicy.ContentSecurityPolicy]);
  }
  if (security.ContentTypeOptions) headers.push(['x-content-type-options', 'nosniff']);
  if (security.FrameOptions) headers.push(['x-frame-options', security.FrameOptions.FrameOption]);
  if (security.ReferrerPolicy) headers.push(['referrer-policy', security.ReferrerPolicy.ReferrerPolicy]);
  for (const { Header, Value } of config.CustomHeadersConfig?.Items ?? []) headers.push([Header, Value]);
  return headers;
}

export interface SiteOptions {
  /** Folders of what is deployed into the bucket, first come first served. */
  readonly folders: readonly string[];
  readonly headers: readonly (readonly [string, string])[];
  readonly cacheControl: string | undefined;
}

/** The static site as the distribution serves it: a path without an extension is a route of the one page. */
export function createSite({ folders, headers, cacheControl }: SiteOptions) {
  const common = [
    ...headers,
    ...(cacheControl === undefined ? [] : [['cache-control', cacheControl] as const]),
  ];
  return async (method: string, url: string): Promise<HttpReply> => {
    if (method !== 'GET' && method !== 'HEAD')
      return text(405, 'Method Not Allowed', [['allow', 'GET, HEAD'], ...common]);
    const key = objectKey(url.split('?')[0]!);
    for (const folder of folders) {
      const body = key === undefined ? undefined : await read(folder, key);
      if (body) {
        const type = TYPES[path.extname(key!)] ?? 'application/octet-stream';
        return { status: 200, headers: [['content-type', type], ...common], body };
      }
    }
    return text(404, 'Not Found', common);
  };
}

/** The object that a path names, or undefined for one that tries to leave the bucket. */
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

function text(status: number, message: string, headers: readonly (readonly [string, string])[]): HttpReply {
  return {
    status,
    headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
    body: Buffer.from(message),
  };
}
