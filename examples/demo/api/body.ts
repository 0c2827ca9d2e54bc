import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { BadRequestError } from './replies.ts';

/** The longest text of a note, in characters. */
export const MAX_TEXT_LENGTH = 2_000;
/** The largest body that is parsed, bytes: the longest text, each character escaped (`\u0001`), and its frame. */
const MAX_BODY_BYTES = 16_384;

/** The text of a new note. @throws BadRequestError naming what is wrong */
export function readText({ headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): string {
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new BadRequestError(415, 'content-type: must be application/json');
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new BadRequestError(413, `body: at most ${MAX_BODY_BYTES} bytes`);
  const parsed = parseJson(bytes.toString('utf8'));
  const text = typeof parsed === 'object' && parsed !== null && 'text' in parsed ? parsed.text : undefined;
  if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT_LENGTH) {
    throw new BadRequestError(400, `text: must be a string of 1 to ${MAX_TEXT_LENGTH} characters`);
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequestError(400, 'body: must be a JSON document');
  }
}
