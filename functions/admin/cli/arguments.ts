import { parseArgs } from 'node:util';
import { parseDuration } from '../../../core/duration.ts';
import type { AdminRequest } from '../protocol.ts';
import type { RestorePlan } from './restore.ts';

export const USAGE = `Usage:
  curfew sessions list   --subject <subject>                            [where] [--json]
  curfew sessions revoke --session <id> | --subject <subject> | --all   [where] [--json]
  curfew sessions tighten [--idle <duration>] [--absolute <duration>]   [where] [--json]
  curfew erase <subject>                                                [where] [--json]
  curfew restore --table <name> --to <new name> [--at <time>]  [--endpoint, --region] [--json]
  curfew dev     --proxy <address> [--port <n>]      on your own machine: see curfew dev --help
  curfew init    [<folder>] [--yes]                  adds Curfew to an application: see curfew init --help

Who you are:
  --actor <name>       an ARN or a name, 1 to 128 characters: it is kept with what you end, and in the log;
                       without it, the variable CURFEW_ACTOR

Where the sessions are:
  --function <name>    the admin function, by name or ARN: needs lambda:InvokeFunction on it
  --table <name>       the table itself: needs dynamodb:Query, GetItem, BatchGetItem and UpdateItem on it,
                       and DeleteItem to erase
  --endpoint <url>     with --table: an engine other than the region's own
  --region <region>    where the AWS configuration says no other

  --idle, --absolute   the most that sessions under way may have, a duration like 15m or 12h, a minute or more
  --yes                with --all: do not ask
  --to <new name>      restore: the table to make; with --at, a time like 2026-11-27T10:00:00Z (the latest that there is)
  --retention <days>   with --table: how long an ended session can still say why (1)
  --json               machine-readable, one object
  --help, --version
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

/** A table to restore, which is no request to the sessions in it. */
export interface RestoreCommand {
  readonly restore: RestorePlan;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}

const OPTIONS = {
  actor: { type: 'string' },
  function: { type: 'string' },
  table: { type: 'string' },
  endpoint: { type: 'string' },
  region: { type: 'string' },
  session: { type: 'string' },
  subject: { type: 'string' },
  retention: { type: 'string' },
  idle: { type: 'string' },
  absolute: { type: 'string' },
  to: { type: 'string' },
  at: { type: 'string' },
  all: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

/**
 * @param actorByDefault who asks, where the arguments don't say
 * @returns `help` or `version` where that is asked for
 * @throws UsageError naming the argument at fault
 */
export function readArguments(
  argv: readonly string[],
  actorByDefault?: string,
): Command | RestoreCommand | 'help' | 'version' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (positionals[0] === 'restore' && positionals.length === 1) return restoreOf(values);
  if (values.to !== undefined || values.at !== undefined)
    throw new UsageError('--to and --at go with restore');
  const action = actionOf(positionals);
  const { actor = actorByDefault, json, yes } = values;
  if (!actor) throw new UsageError('--actor, or the variable CURFEW_ACTOR: who you are');
  if (action !== 'tighten' && (values.idle !== undefined || values.absolute !== undefined))
    throw new UsageError('--idle and --absolute go with tighten');
  const asked = requestOf(action, values);
  return { request: { ...asked, actor }, where: whereOf(values), json, yes };
}

function actionOf([topic, action, ...rest]: readonly string[]):
  | 'list'
  | 'revoke'
  | 'tighten'
  | { readonly erase: string } {
  if (topic === 'erase' && rest.length === 0) {
    if (!action) throw new UsageError('erase: the subject');
    return { erase: action };
  }
  if (topic !== 'sessions' || rest.length > 0)
    throw new UsageError(`unknown command: ${[topic, action, ...rest].join(' ').trim()}`);
  if (action !== 'list' && action !== 'revoke' && action !== 'tighten')
    throw new UsageError('sessions: list, revoke or tighten');
  return action;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A request, but for who asks. */
type Asked = AdminRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'actor'>
    : never
  : never;

function requestOf(action: ReturnType<typeof actionOf>, values: Values): Asked {
  if (typeof action !== 'string') return eraseRequest(action.erase, values);
  return action === 'tighten' ? tightenRequest(values) : sessionsRequest(action, values);
}

function tightenRequest({ idle, absolute, session, subject, all }: Values): Asked {
  if ((idle ?? absolute) === undefined || session !== undefined || subject !== undefined || all)
    throw new UsageError('tighten: --idle, --absolute or both, for every session');
  return { action: 'tighten', ...limit('idle', idle), ...limit('absolute', absolute) };
}

function limit(name: 'idle' | 'absolute', value: string | undefined): Record<string, number> {
  if (value === undefined) return {};
  const ms = parseDuration(value);
  if (ms === undefined || ms < 60_000)
    throw new UsageError(`--${name}: a duration like 15m or 12h, a minute or more`);
  return { [`${name}TimeoutMs`]: ms };
}

function sessionsRequest(action: 'list' | 'revoke', { session, subject, all }: Values): Asked {
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

function eraseRequest(subject: string, { session, subject: named, all }: Values): Asked {
  if (session !== undefined || named !== undefined || all) throw new UsageError('erase: the subject alone');
  return { action: 'erase', subject };
}

function restoreOf({ table: from, to, at, endpoint, region, json, function: name }: Values): RestoreCommand {
  if (from === undefined || to === undefined || from === to || name !== undefined) {
    throw new UsageError('restore: --table, the table that was, and --to, another name for the restored one');
  }
  const time = at === undefined ? undefined : new Date(at);
  // Without a zone it would be the machine's own.
  if (time && (!/(?:Z|[+-]\d\d:\d\d)$/.test(at ?? '') || Number.isNaN(time.getTime()))) {
    throw new UsageError('--at: a time like 2026-11-27T10:00:00Z');
  }
  return { restore: { from, to, at: time }, endpoint: checkedEndpoint(endpoint), region, json };
}

function checkedEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined || URL.canParse(endpoint)) return endpoint;
  throw new UsageError('--endpoint: a URL');
}

function whereOf({ function: name, table, endpoint, region, retention = '1' }: Values): Command['where'] {
  if (name !== undefined && table === undefined) {
    if (endpoint !== undefined) throw new UsageError('--endpoint goes with --table');
    return { kind: 'function', name, region };
  }
  if (name !== undefined || table === undefined) throw new UsageError('one of --function and --table');
  const days = Number(retention);
  if (!(days > 0 && days <= 366)) throw new UsageError('--retention: days, over 0 and at most 366');
  return {
    kind: 'table',
    name: table,
    endpoint: checkedEndpoint(endpoint),
    region,
    retentionMs: days * 86_400_000,
  };
}
