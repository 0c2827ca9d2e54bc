import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import type { MemoryRow, MemoryTables } from '../functions/store/memory.ts';
import type { NotBefore } from '../functions/store/subject-store.ts';
import type { DevIo } from './options.ts';

/** The sessions of a development server, which survive its restart in a file. */
export interface KeptSessions {
  readonly tables: MemoryTables;
  /** The service secret, as long as the file lives: drafts stay readable. */
  readonly secret: string;
  /** How far the server's clock is ahead of the machine's, ms. */
  readonly aheadMs: number;
  /** Moves the server's clock ahead by so much more, ms. */
  advance(ms: number): void;
  /** Writes now what a change has left to be written. It never throws: what cannot be written is said, and waits. */
  flush(): void;
}

/** What is kept of a session: what the rules calculate with is checked. */
const Row = z.looseObject({
  session: z.looseObject({
    sessionId: z.string(),
    subject: z.string(),
    user: z.looseObject({}),
    device: z.looseObject({}),
    state: z.enum(['active', 'ended']),
    createdAt: z.number(),
    lastActivityAt: z.number(),
    activeUntil: z.number(),
    idleExpiresAt: z.number(),
    absoluteExpiresAt: z.number(),
    closesAt: z.nullable(z.number()),
    idleTimeoutMs: z.number(),
    absoluteTimeoutMs: z.number(),
    touchIntervalMs: z.number(),
    warnBeforeMs: z.number(),
  }),
  secretHash: z.instanceof(Uint8Array),
  shard: z.number(),
  dueAt: z.nullable(z.number()),
});

const Contents = z.object({
  version: z.literal(1),
  secret: z.string().check(z.minLength(32)),
  aheadMs: z.int().check(z.minimum(0)),
  rows: z.array(Row),
  revocations: z.array(
    z.tuple([z.string(), z.object({ at: z.number(), endedBy: z.looseObject({ type: z.string() }) })]),
  ),
});
type Contents = z.infer<typeof Contents>;

/**
 * Sessions in memory, which a file keeps up with. A file that is no such is set aside under a name that is told, and never
 * overwritten.
 *
 * @param onChange called after each change
 * @throws Error naming the file that cannot be read
 */
export function keepSessions(file: string, io: DevIo, onChange: () => void): KeptSessions {
  const known = readContents(file, io);
  const secret = known?.secret ?? Buffer.from(io.randomBytes(32)).toString('base64url');
  let aheadMs = known?.aheadMs ?? 0;
  let waits = false;
  let isScheduled = false;
  let hasFailed = false;
  let isShared = false;
  let written = versionOf(file);
  /** Two servers that keep their sessions in one file each write what the other one does not know. */
  const lookForAnother = () => {
    const found = versionOf(file);
    if (isShared || found === undefined || found === written) return;
    isShared = true;
    io.say(
      `${file} was written by another server, too: each of them overwrites the sessions of the other. Give one of them another file, by the option file or --file.`,
    );
  };
  const flush = () => {
    if (!waits) return;
    try {
      lookForAnother();
      writeContents(file, {
        version: 1,
        secret,
        aheadMs,
        rows: [...tables.rows.values()],
        revocations: [...tables.revocations],
      });
      written = versionOf(file);
      waits = false;
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) io.say(`sessions are kept in memory alone, since ${file} cannot be written: ${error}`);
      hasFailed = true;
    }
  };
  const changed = () => {
    onChange();
    waits = true;
    if (isScheduled) return;
    isScheduled = true;
    // What a request writes one after the other goes out at once.
    setImmediate(() => {
      isScheduled = false;
      flush();
    });
  };
  // The rest of a row is as this module has written it.
  const rows = (known?.rows ?? []) as unknown as readonly MemoryRow[];
  const tables: MemoryTables = {
    rows: new WatchedMap(
      rows.map((row) => [row.session.sessionId, row]),
      changed,
    ),
    // A sign-in under way does not survive a restart.
    finished: new Map(),
    revocations: new WatchedMap<string, NotBefore>(known?.revocations ?? [], changed),
  };
  return {
    ...{ tables, secret, flush },
    get aheadMs() {
      return aheadMs;
    },
    advance(ms) {
      aheadMs += ms;
      changed();
    },
  };
}

/** A map that tells of each change. */
class WatchedMap<Key, Value> extends Map<Key, Value> {
  private readonly changed: () => void;

  constructor(entries: Iterable<readonly [Key, Value]>, changed: () => void) {
    super();
    for (const [key, value] of entries) super.set(key, value);
    this.changed = changed;
  }

  override set(key: Key, value: Value): this {
    super.set(key, value);
    this.changed();
    return this;
  }

  override delete(key: Key): boolean {
    const was = super.delete(key);
    if (was) this.changed();
    return was;
  }
}

function readContents(file: string, { now, say }: DevIo): Contents | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(`the file of sessions cannot be read: ${file}`, { cause: error });
  }
  const { data, error } = Contents.safeParse(parsed(text));
  if (data) return data;
  const aside = `${file}.${now()}.broken`;
  renameSync(file, aside);
  const [issue] = error.issues;
  const fault = issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : '';
  say(
    `${file} holds no sessions that can be read (${fault}). It is now ${aside}, and everybody is signed out.`,
  );
  return undefined;
}

/** Tells one writing of a file from another; undefined where there is no file. */
function versionOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino} ${found.mtimeNs}`;
}

/** The system's code of an error. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** What the text means; undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) =>
      typeof value?.$bytes === 'string' ? Uint8Array.from(Buffer.from(value.$bytes, 'base64url')) : value,
    );
  } catch {
    return undefined;
  }
}

/** A reader never finds half a file. Only the user can read it: it has what signs its sessions in. */
function writeContents(file: string, contents: object): void {
  const text = JSON.stringify(contents, (_, value) =>
    value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('base64url') } : value,
  );
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
}
