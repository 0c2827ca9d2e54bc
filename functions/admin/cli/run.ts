import { isSessionError } from '../../../core/errors.ts';
import type {
  AdminAnswer,
  AdminRequest,
  AdminSession,
  Cursor,
  ListAnswer,
  ListRequest,
  TightenRequest,
} from '../protocol.ts';
import { type Command, type RestoreCommand, readArguments, USAGE, UsageError } from './arguments.ts';
import type { RestoredTable, RestoreTools } from './restore.ts';

/** Sends a request to the function or the table. @throws SessionError for a request that is rejected */
export type Administer = (request: AdminRequest) => Promise<AdminAnswer>;

/** Everything that a command reads and writes, handed in. */
export interface CliIo {
  readonly out: (text: string) => void;
  /** Progress, questions and errors: never part of the result. */
  readonly err: (text: string) => void;
  /** Undefined: there is no terminal to ask at. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Who asks, where the arguments don't say. */
  readonly actor: string | undefined;
  /** The version of this package. */
  readonly version: string;
  readonly connect: (where: Command['where']) => Administer;
  readonly restore: (command: RestoreCommand, say: RestoreTools['say']) => Promise<RestoredTable>;
}

/** Runs a command. @returns the exit code: 0 done, 1 failed, 2 called with wrong arguments */
export async function run(argv: readonly string[], io: CliIo): Promise<0 | 1 | 2> {
  try {
    const command = readArguments(argv, io.actor);
    if (command === 'help') io.out(USAGE);
    else if (command === 'version') io.out(`${io.version}\n`);
    else if ('restore' in command) await restore(command, io);
    else await execute(command, io);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    io.err(`${messageOf(error)}\n`);
    return 1;
  }
}

async function execute(command: Command, io: CliIo): Promise<void> {
  const administer = io.connect(command.where);
  const { request, json } = command;
  if (request.action === 'list') {
    const { sessions, unreadable } = await list(request, administer);
    for (const sessionId of unreadable) io.err(`${sessionId}: the row can't be understood\n`);
    io.out(json ? `${printableJson({ sessions, unreadable })}\n` : table(sessions));
    return;
  }
  if (request.action === 'erase') return erase(request, administer, command.json, io);
  if (request.action === 'tighten') return tighten(request, administer, command.json, io);
  if ('all' in request && !command.yes) await confirm(io);
  const { revoked, remaining, examined } = await revoke(request, administer, io);
  io.out(
    json
      ? `${JSON.stringify({ revoked, remaining, examined })}\n`
      : `revoked ${revoked} of ${examined} session${examined === 1 ? '' : 's'}\n`,
  );
}

async function restore(command: RestoreCommand, io: CliIo): Promise<void> {
  const restored = await io.restore(command, (step) => io.err(`${step}\n`));
  const { from, to } = command.restore;
  io.out(
    command.json
      ? `${JSON.stringify(restored)}\n`
      : `${to} is ready
  table   ${restored.tableArn}
  stream  ${restored.streamArn}
Sessions that ended since then are active in it: end all of them before a service uses it
  curfew sessions revoke --all --table ${to}
${from} is as it was.
`,
  );
}

async function confirm({ ask }: CliIo): Promise<void> {
  if (!ask) throw new UsageError('--all ends the session of every user: say --yes');
  const answer = await ask('This ends the session of every user. Type "all" to go on: ');
  if (answer.trim() !== 'all') throw new Error('nothing was done');
}

/** Every page. */
async function list(request: ListRequest, administer: Administer): Promise<Omit<ListAnswer, 'next'>> {
  const sessions: AdminSession[] = [];
  const unreadable: string[] = [];
  const ask = async (cursor?: NonNullable<ListAnswer['next']>) => {
    const answer = await administer(cursor ? { ...request, cursor } : request);
    if ('sessions' in answer) return answer;
    throw new Error('the answer is not a list');
  };
  for await (const answer of pages(ask)) {
    sessions.push(...answer.sessions);
    unreadable.push(...answer.unreadable);
  }
  return { sessions, unreadable };
}

/** Page by page until nothing is left. After an interruption the command is simply run again. */
async function revoke(
  request: Extract<AdminRequest, { action: 'revoke' }>,
  administer: Administer,
  io: CliIo,
): Promise<{ revoked: number; remaining: number; examined: number }> {
  let revoked = 0;
  let remaining = 0;
  let examined = 0;
  const ask = async (cursor?: Cursor) => {
    const answer = await administer(cursor ? { ...request, all: true, cursor } : request);
    if ('revoked' in answer && 'examined' in answer) return answer;
    throw new Error('the answer is not a revocation');
  };
  for await (const answer of pages(ask)) {
    revoked += answer.revoked;
    remaining += answer.remaining;
    examined += answer.examined;
    const { shards } = answer;
    if (shards) io.err(`revoked ${revoked} (${shards.done} of ${shards.of} shards done)\n`);
  }
  return { revoked, remaining, examined };
}

/** Page by page until nothing is left. @throws Error where sessions are left as they were: the command is to be run again */
async function tighten(
  request: TightenRequest,
  administer: Administer,
  json: boolean,
  io: CliIo,
): Promise<void> {
  let tightened = 0;
  let remaining = 0;
  let examined = 0;
  const ask = async (cursor?: Cursor) => {
    const answer = await administer(cursor ? { ...request, cursor } : request);
    if ('tightened' in answer) return answer;
    throw new Error('the answer is not one of tightening');
  };
  for await (const answer of pages(ask)) {
    tightened += answer.tightened;
    remaining += answer.remaining;
    examined += answer.examined;
    io.err(`tightened ${tightened} (${answer.shards.done} of ${answer.shards.of} shards done)\n`);
  }
  io.out(
    json
      ? `${JSON.stringify({ tightened, remaining, examined })}\n`
      : `tightened ${tightened} of ${examined} session${examined === 1 ? '' : 's'}\n`,
  );
  if (remaining > 0) throw new Error(`${remaining} changed meanwhile, or failed: run it again`);
}

/** The answers to a request, each asked for with the cursor of the one before, until nothing is left. */
async function* pages<Answer extends { readonly next: unknown }>(
  ask: (cursor?: NonNullable<Answer['next']>) => Promise<Answer>,
): AsyncGenerator<Answer> {
  let answer: Answer | undefined;
  do {
    answer = await ask(answer?.next ?? undefined);
    yield answer;
  } while (answer.next);
}

/** Again and again, as long as that erases something. @throws Error where rows are left: the command is to be run again */
async function erase(
  request: Extract<AdminRequest, { action: 'erase' }>,
  administer: Administer,
  json: boolean,
  io: CliIo,
): Promise<void> {
  let erased = 0;
  let revoked = 0;
  let answer: AdminAnswer;
  do {
    answer = await administer(request);
    if (!('erased' in answer)) throw new Error('the answer is not an erasure');
    erased += answer.erased;
    revoked += answer.revoked;
  } while (answer.remaining > 0 && answer.erased > 0);
  const { remaining } = answer;
  io.out(
    json
      ? `${JSON.stringify({ erased, revoked, remaining })}\n`
      : `erased ${erased} session${erased === 1 ? '' : 's'}, of which ${revoked} lived\n`,
  );
  if (remaining > 0) throw new Error(`${remaining} or more are left: run it again`);
}

function table(sessions: readonly AdminSession[]): string {
  if (sessions.length === 0) return 'no sessions\n';
  const rows = sessions.map((session) => [
    session.sessionId,
    stateOf(session),
    time(session.createdAt),
    time(session.lastActivityAt),
    time(session.endedAt ?? session.overdue?.deadlineAt ?? session.expiresAt),
    session.device.address ?? '',
    session.device.userAgent ?? '',
  ]);
  const head = ['SESSION', 'STATE', 'CREATED', 'LAST ACTIVE', 'ENDS', 'ADDRESS', 'USER AGENT'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => printable(cell).padEnd(widths[i] ?? 0)).join('  ');
  return `${[head, ...rows].map((row) => line(row).trimEnd()).join('\n')}\n`;
}

/** A row may have a time that is no date, since a guarded handler's role may write it: the others are listed all the same. */
function time(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

function stateOf({ state, reason, overdue }: AdminSession): string {
  return overdue ? `overdue: ${overdue.reason}` : (reason ?? state);
}

/** Clients choose their user agent: no escape sequence in it reaches the terminal. */
function printable(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
}

/** JSON without any character that a terminal acts on: each is escaped. */
function printableJson(value: object): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/\p{C}/gu, (character) => character.split('').map(escaped).join(''));
}

function messageOf(error: unknown): string {
  if (isSessionError(error)) {
    const cause = error.cause instanceof Error ? ` (${error.cause.name}: ${error.cause.message})` : '';
    return `${error.code}: ${error.message}${cause}`;
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
