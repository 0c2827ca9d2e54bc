import type { BusEvent } from './event-bus.ts';

const COLOURS = { dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** What may be a secret: a session cookie's second half, a token, a code. Masked whoever logged it. */
const SECRETS: readonly [RegExp, string][] = [
  [/\b([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}\b/g, '$1.[secret]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [
    /\b(code|code_verifier|id_token|access_token|secretHash)(["']?[=:]\s*["']?)(?!ERR_)[\w.~-]+/g,
    '$1$2[secret]',
  ],
];

/** @returns the text with everything masked that could be used to take a session */
export function mask(text: string): string {
  return SECRETS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

export interface TerminalLog {
  info(text: string): void;
  notice(text: string): void;
  /** @param code of the problem, where the reply is one */
  request(method: string, path: string, status: number, ms: number, code?: string): void;
  fromFunction(name: string, line: string): void;
  event(event: BusEvent): void;
}

/** A live log: a line for each request, each event, and each line of a function, compact and without secrets. */
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
    event: (event) => line('cyan', 'event', `${event['detail-type']} ${summary(event.detail)}`),
  };
}

/** Logger's JSON in one line; metrics in the embedded metric format as names and values. */
export function compactLog(text: string): { text: string; bad: boolean } | undefined {
  if (text.trim() === '') return undefined;
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { text, bad: false };
  }
  if (typeof parsed !== 'object' || parsed === null) return { text, bad: false };
  if ('_aws' in parsed) return { text: metrics(parsed), bad: false };
  // The gateway's own line says the same, and says it for requests that no function saw.
  if (parsed.message === 'request' && /^info$/i.test(String(parsed.level))) return undefined;
  const {
    level,
    message,
    timestamp: _t,
    service: _s,
    sampling_rate: _r,
    xray_trace_id: _x,
    ...rest
  } = parsed;
  for (const name of [
    'cold_start',
    'function_arn',
    'function_memory_size',
    'function_name',
    'function_request_id',
  ]) {
    delete rest[name];
  }
  const data = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return { text: `${String(message ?? '')}${data}`, bad: /^(?:error|critical)$/i.test(String(level)) };
}

function metrics(document: Record<string, unknown>): string {
  const { _aws, ...values } = document as {
    _aws: { CloudWatchMetrics?: { Metrics?: { Name: string }[] }[] };
  };
  const names = (_aws.CloudWatchMetrics ?? []).flatMap(({ Metrics }) =>
    (Metrics ?? []).map(({ Name }) => Name),
  );
  const shown = names.map((name) => `${name}=${JSON.stringify((values as Record<string, unknown>)[name])}`);
  const { Reason, Code } = values as { Reason?: string; Code?: string };
  return `metrics ${shown.join(' ')}${Reason ? ` (${Reason})` : ''}${Code ? ` (${Code})` : ''}`;
}

function summary(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  const { subject, reason, latenessMs, sessionId } = detail as Record<string, unknown>;
  const parts = [
    subject,
    reason,
    typeof latenessMs === 'number' ? `${latenessMs} ms late` : undefined,
    sessionId,
  ];
  return parts.filter((part) => part !== undefined && part !== null).join(' · ');
}
