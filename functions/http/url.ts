/** An address, or undefined for what is none: `URL.parse`, which the first releases of Node 20 do not have. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
