/** An address, or undefined for what is none: `URL.parse`, which Node 22.0 does not have. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
