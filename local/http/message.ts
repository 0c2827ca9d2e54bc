/** An HTTP request, as it came. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Address of the client. */
  readonly sourceIp: string;
}

/** An HTTP reply. A header that stands there twice is sent twice. */
export interface HttpReply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Answers a request; every request gets an answer. */
export type Answer = (request: HttpRequest) => Promise<HttpReply>;

/** @returns a reply whose body is the value as JSON */
export function jsonReply(status: number, value: unknown, headers: HttpReply['headers'] = []): HttpReply {
  return {
    status,
    headers: [['content-type', 'application/json'], ...headers],
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** @returns a text in two, before and after the first separator; the second is empty without one */
export function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)];
}

/** @returns the path of a request, without its query */
export function pathOf({ url }: Pick<HttpRequest, 'url'>): string {
  return splitOnce(url, '?')[0];
}
