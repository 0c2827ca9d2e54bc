import { parseArgs } from 'node:util';
import type { AdminRequest } from '../protocol.ts';

export const USAGE = `Usage:
  curfew sessions list   --subject <subject>                            [where] [--json]
  curfew sessions revoke --session <id> | --subject <subject> | --all   [where] [--json]

Where the sessions are:
  --function <name>    the admin function, by name or ARN: needs lambda:InvokeFunction on it
  --table <name>       the table itself: needs dynamodb:Query, GetItem, BatchGetItem and UpdateItem on it
  --endpoint <url>     with --table: an engine other than the region's own
  --region <region>    where the AWS configuration says no other

  --yes                with --all: do not ask
  --retention <days>   with --table: how long an ended session can still say why (1)
  --json               machine-readable, one object
  --help
`;

/** Wrong arguments: reported with the usage, exit code 2. */
export class UsageError extends Error {}

export interface Command {
  readonly request: AdminRequest;
  readonly where:
    | { readonly kind: 'function'; readonly name: string; readonly region: string | undefined }
    | {
        readonly kind: 'table';
        readonly name: string;
        readonly endpoint: string | undefined;
        readonly region: string | undefined;
        readonly retentionMs: number;
      };
  readonly json: boolean;
  readonly yes: boolean;
}

const OPTIONS = {
  function: { type: 'string' },
  table: { type: 'string' },
  endpoint: { type: 'string' },
  region: { type: 'string' },
  session: { type: 'string' },
  subject: { type: 'string' },
  retention: { type: 'string' },
  all: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

/** @returns undefined where help is asked for. @throws UsageError naming the argument at fault */
export function readArguments(argv: readonly string[]): Command | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [topic, action, ...rest] = positionals;
  if (topic !== 'sessions' || rest.length > 0)
    throw new UsageError(`unknown command: ${positionals.join(' ')}`);
  if (action !== 'list' && action !== 'revoke') throw new UsageError('sessions: list or revoke');
  return { request: requestOf(action, values), where: whereOf(values), json: values.json, yes: values.yes };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function requestOf(action: 'list' | 'revoke', { session, subject, all }: Values): AdminRequest {
  if (action === 'list') {
    if (subject === undefined || session !== undefined || all) throw new UsageError('list: --subject');
    return { action, subject };
  }
  if ([session !== undefined, subject !== undefined, all].filter(Boolean).length !== 1) {
    throw new UsageError('revoke: one of --session, --subject and --all');
  }
  if (session !== undefined) return { action, sessionId: session };
  return subject === undefined ? { action, all: true } : { action, subject };
}

function whereOf({ function: name, table, endpoint, region, retention = '1' }: Values): Command['where'] {
  if (name !== undefined && table === undefined) {
    if (endpoint !== undefined) throw new UsageError('--endpoint goes with --table');
    return { kind: 'function', name, region };
  }
  if (name !== undefined || table === undefined) throw new UsageError('one of --function and --table');
  const days = Number(retention);
  if (!(days > 0 && days <= 366)) throw new UsageError('--retention: days, over 0 and at most 366');
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError('--endpoint: a URL');
  return { kind: 'table', name: table, endpoint, region, retentionMs: days * 86_400_000 };
}
