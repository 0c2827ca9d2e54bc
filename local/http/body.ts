import type { IncomingMessage } from 'node:http';

/** API Gateway's limit for a payload, in bytes. */
const MAX_BODY = 10 * 1024 * 1024;

/** Reads the body of a request. @returns undefined when it is over {@link MAX_BODY} */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
