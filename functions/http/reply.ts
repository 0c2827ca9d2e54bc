/** What a route answers. */
export interface Reply {
  /** @default 200 */
  readonly status?: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
  /** An object goes out as JSON. */
  readonly body?: object | string;
  /** The code to log and count where the reply rejects the request in another form than a problem document, or does not tell. */
  readonly code?: string;
  /** What went wrong, for the log. */
  readonly failure?: unknown;
}

/** A reply as it goes out, on every platform the same. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
  readonly body?: string | undefined;
}

/** A reply in its final form. None may be stored, sniffed or loaded by another site. */
export function toHttpReply({ status = 200, headers, cookies = [], body }: Reply): HttpReply {
  return {
    status,
    headers: {
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // No page of another site may load a reply as an image, a script or a frame's content.
      'cross-origin-resource-policy': 'same-origin',
      ...headers,
    },
    cookies,
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  };
}
