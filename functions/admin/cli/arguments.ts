import { parseArgs } from 'node:util';
import type { AdminRequest } from '../protocol.ts';

export const USAGE = `Usage:
  curfew sessions list   --subject <subject>                            [where] [--json]
  curfew sessions revoke --session <id> | --subject <subject> | --all   [where] [--json]
  curfew erase <subject>                                                [where] [--json]

Who you are:
  --actor <name>       an ARN or a name, 1 to 128 characters: it is kept with what you end, and in the log;
                       without it, the variable CURFEW_ACTOR

Where the sessions are:
  --function <name>    the admin function, by name or ARN: needs lambda:InvokeFunction on it
  --table <name>       the table itself: needs dynamodb:Query, GetItem, BatchGetItem and UpdateItem on it,
                       and DeleteItem to erase
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
  actor: { type: 'string' },
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

/**
 * @param actorByDefault who asks, where the arguments don't say
 * @returns undefined where help is asked for
 * @throws UsageError naming the argument at fault
 */
export function readArguments(argv: readonly string[], actorByDefault?: string): Command | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const action = actionOf(positionals);
  const { actor = actorByDefault, json, yes } = values;
  if (!actor) throw new UsageError('--actor, or the variable CURFEW_ACTOR: who you are');
  const asked =
    typeof action === 'string' ? sessionsRequest(action, values) : eraseRequest(action.erase, values);
  return { request: { ...asked, actor }, where: whereOf(values), json, yes };
}

function actionOf([topic, action, ...rest]: readonly string[]):
  | 'list'
  | 'revoke'
  | { readonly erase: string } {
  if (topic === 'erase' && rest.length === 0) {
    if (!action) throw new UsageError('erase: the subject');
    return { erase: action };
  }
  if (topic !== 'sessions' || rest.length > 0)
    throw new UsageError(`unknown command: ${[topic, action, ...rest].join(' ').trim()}`);
  if (action !== 'list' && action !== 'revoke') throw new UsageError('sessions: list or revoke');
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
