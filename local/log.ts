import type { BusEvent } from './event-bus.ts';
import { isRecord, parseJson } from './json.ts';

const COLOURS = { dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** What may be a secret: a session cookie's second half, a token, a code. It is masked in every line. */
const SECRETS: readonly [RegExp, string][] = [
  [/\b([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}\b/g, '$1.[secret]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [
    /\b(code|code_verifier|id_token|access_token|secretHash)(["']?[=:]\s*["']?)(?!ERR_)[\w.~-]+/g,
    '$1$2[secret]',
  ],
];

/** Fields that every line of a function has, and that say nothing on a terminal. */
const EVERY_LINE = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
]);

/** @returns the text with everything masked that could be used to take a session */
export function mask(text: string): string {
  return SECRETS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

/** What happens, a line each, without secrets. */
export interface TerminalLog {
  info(text: string): void;
  notice(text: string): void;
  /** @param code of the problem, where the reply is one */
  request(method: string, path: string, status: number, ms: number, code?: string): void;
  /** A line that a function wrote. */
  fromFunction(name: string, line: string): void;
  /** An invocation that failed. */
  failure(name: string, error: string): void;
  event(event: BusEvent): void;
}

/** A live log: a line for each request, each event, and each line of a function, by the moved time. */
export function createLog(write: (line: string) => void, colour: boolean, now: () => number): TerminalLog {
  const paint = (name: keyof typeof COLOURS, text: string) =>
    colour ? `\x1b[${COLOURS[name]}m${text}\x1b[0m` : text;
  const line = (kind: keyof typeof COLOURS, label: string, text: string) => {
    const time = new Date(now()).toISOString().slice(11, 19);
    write(`${paint('dim', time)} ${paint(kind, label.padEnd(8))} ${mask(text)}`);
  };
  return {
    info: (text) => line('green', 'curfew', text),
    notice: (text) => line('yellow', 'note', text),
    request: (method, path, status, ms, code) => {
      line(
        status >= 500 ? 'red' : 'blue',
        method.toLowerCase(),
        `${path} ${status} ${code === undefined ? '' : `${code} `}${paint('dim', `${Math.round(ms)} ms`)}`,
      );
    },
    fromFunction: (name, text) => {
      const compact = compactLog(text);
      if (compact) line(compact.bad ? 'red' : 'magenta', name, compact.text);
    },
    failure: (name, error) => line('red', name, error),
    event: (event) => line('cyan', 'event', `${event['detail-type']} ${summary(event.detail)}`),
  };
}

/** Logger's JSON in one line; metrics in the embedded metric format as names and values. */
export function compactLog(text: string): { text: string; bad: boolean } | undefined {
  if (text.trim() === '') return undefined;
  const parsed = parseJson(text);
  if (!isRecord(parsed)) return { text, bad: false };
  if ('_aws' in parsed) return { text: metrics(parsed), bad: false };
  const { level, message = '' } = parsed;
  // The gateway's own line says the same, and says it for requests that no function saw.
  if (message === 'request' && /^info$/i.test(String(level))) return undefined;
  const rest = Object.fromEntries(Object.entries(parsed).filter(([name]) => !EVERY_LINE.has(name)));
  const data = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return { text: `${message}${data}`, bad: /^(?:error|critical)$/i.test(String(level)) };
}

/** Names and values: metrics are numbers, or lists of them; dimensions are texts. */
function metrics({ _aws, Reason, Code, ...values }: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(values)
    .filter(([, value]) => typeof value === 'number' || Array.isArray(value))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `metrics${shown.join('')}${Reason ? ` (${Reason})` : ''}${Code ? ` (${Code})` : ''}`;
}

function summary(detail: unknown): string {
  if (!isRecord(detail)) return '';
  const { subject, reason, latenessMs, sessionId } = detail;
  const late = typeof latenessMs === 'number' ? `${latenessMs} ms late` : undefined;
  return [subject, reason, late, sessionId].filter((part) => part !== undefined && part !== null).join(' · ');
}
