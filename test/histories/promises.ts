import { EVENT_TYPES } from '../../core/contract.ts';
import { deadline, type Session } from '../../core/lifecycle.ts';
import { CHOSEN, type History, type Observation, type RowVersion } from './observations.ts';

/** A promise that a history breaks. */
export interface Violation {
  readonly promise: string;
  readonly sessionId: string | undefined;
  readonly detail: unknown;
}

/** No write is later than this, ms. */
const LATEST_MS = 60_000;

/** One session's part of a history. */
interface Life {
  readonly sessionId: string;
  readonly versions: readonly RowVersion[];
  readonly first: Session;
  /** As it was last seen, before TTL removed it. */
  readonly last: Session;
  /** The requests that carried its cookie, in the order in which they were answered. */
  readonly requests: readonly Observation[];
}

type Check<Subject> = (subject: Subject, history: History) => readonly unknown[];

/** Answers that are only given for a live session. What is said of a run says nothing of that. */
const TELL_OF_LIFE: ReadonlySet<Observation['kind']> = new Set([
  'status',
  'list',
  'touch',
  'guard',
  'background',
  'open',
  'close',
  'revoke',
]);
const isAccepted = ({ kind, status }: Observation) => TELL_OF_LIFE.has(kind) && status >= 200 && status < 300;
const tellsOfEnd = (request: Observation) =>
  request.code === 'ERR_SESSION_ENDED' || (request.kind === 'sign-out' && request.status === 200);

/** Consecutive versions in which the row is there. */
function changes({
  versions,
}: Life): { before: RowVersion & { session: Session }; after: RowVersion & { session: Session } }[] {
  const present = versions.filter(
    (version): version is RowVersion & { session: Session } => version.session !== undefined,
  );
  return present.slice(1).map((after, index) => ({ before: present[index]!, after }));
}

/** What `docs/promises.md` promises of one session, by its headings there. */
export const OF_A_SESSION: Readonly<Record<string, Check<Life>>> = {
  'it ends once: it begins active, and nothing changes once it has ended'(life) {
    const { versions } = life;
    const begins = versions[0]!.session?.state === 'active' ? [] : [versions[0]];
    const insertions = versions.filter(({ record }) => record.eventName === 'INSERT').slice(1);
    const later = changes(life).filter(({ before }) => before.session.state === 'ended');
    return [...begins, ...insertions, ...later];
  },

  'nothing moves back'(life) {
    const times = ['lastActivityAt', 'activeUntil', 'idleExpiresAt'] as const;
    const fixed = ['subject', 'createdAt', 'absoluteExpiresAt', 'policy', 'touchIntervalMs'] as const;
    return changes(life).filter(
      ({ before, after }) =>
        times.some((name) => after.session[name] < before.session[name]) ||
        fixed.some((name) => after.session[name] !== before.session[name]),
    );
  },

  'the idle deadline is what the activity earns'({ versions }) {
    return versions.filter(
      ({ session }) =>
        session &&
        (session.idleExpiresAt !== session.activeUntil + session.idleTimeoutMs ||
          ![0, session.touchIntervalMs].includes(session.activeUntil - session.lastActivityAt)),
    );
  },

  'only activity extends it'({ versions, first, requests }) {
    const known = new Set([first.createdAt, ...requests.flatMap(({ activityAt }) => activityAt ?? [])]);
    return versions.filter(({ session }) => session && !known.has(session.lastActivityAt));
  },

  'guarded requests write once in a touch interval'(life) {
    const isGuarded = ({ activeUntil, lastActivityAt, touchIntervalMs }: Session) =>
      activeUntil === lastActivityAt + touchIntervalMs;
    return changes(life).filter(
      ({ before, after }) =>
        after.session.activeUntil !== before.session.activeUntil &&
        isGuarded(after.session) &&
        after.session.lastActivityAt < before.session.activeUntil,
    );
  },

  'the sweep looks in time: an active session is due at or before its deadline, an ended one is not'({
    versions,
  }) {
    return versions.filter(({ session, dueAt }) => {
      if (!session) return false;
      if (session.state === 'ended') return dueAt !== undefined;
      return dueAt === undefined || dueAt > deadline(session).at;
    });
  },

  'never early: no deadline ends it before that deadline, nor after it for a chosen reason'({ last }) {
    if (last.state !== 'ended') return [];
    const { endReason, endedAt, closesAt } = last;
    const limits: Record<string, number | null> = {
      idle: last.idleExpiresAt,
      absolute: last.absoluteExpiresAt,
      closed: closesAt,
    };
    if (CHOSEN.has(endReason)) return endedAt < deadline(last).at ? [] : [last];
    const limit = limits[endReason];
    if (limit === undefined || limit === null || endedAt < limit) return [last];
    return deadline(last).reason === endReason ? [] : [last];
  },

  'an activity that was answered is kept'({ last, requests }, { skewMs }) {
    return requests.filter((request) => {
      const { activityAt, trueNow, serverNow } = request;
      if (activityAt === undefined || !isAccepted(request)) return false;
      const earned = activityAt + last.idleTimeoutMs;
      const isStored = last.idleExpiresAt >= earned || last.idleExpiresAt >= last.absoluteExpiresAt;
      const trueActivity = trueNow - (serverNow - activityAt);
      const isEarly =
        last.state === 'ended' &&
        last.endReason === 'idle' &&
        last.endedAt < trueActivity + last.idleTimeoutMs - skewMs;
      return !isStored || isEarly;
    });
  },

  'no answer comes from an expired session'({ requests }) {
    return requests.filter(
      (request) =>
        isAccepted(request) &&
        request.json?.expiresAt !== undefined &&
        request.json.expiresAt <= request.serverNow,
    );
  },

  'all observers agree: whoever is told of the end is told what is stored'({ last, requests }) {
    return requests.filter(
      ({ code, reason, endedAt }) =>
        code === 'ERR_SESSION_ENDED' &&
        (last.state !== 'ended' || reason !== last.endReason || endedAt !== last.endedAt),
    );
  },

  'it never comes back: once an answer told of the end, none tells of life'({ requests }) {
    const told = Math.min(...requests.filter(tellsOfEnd).map(({ ended }) => ended));
    return requests.filter((request) => request.began > told && isAccepted(request));
  },

  'once bound, it answers to its own run of the browser only'({ requests }) {
    const confirmed = requests.find(({ kind, json }) => kind === 'run-check' && json?.run === 'same');
    if (!confirmed) return [];
    return requests.filter(
      (request) => request.began > confirmed.ended && request.run !== confirmed.run && isAccepted(request),
    );
  },

  'a sign-out that was answered has ended it'({ last, requests }) {
    const isSignedOut = requests.some(({ kind, status }) => kind === 'sign-out' && status === 200);
    return isSignedOut && last.state !== 'ended' ? [last] : [];
  },

  'nobody is signed out for a failure: unknown is only what TTL has removed'({ versions, requests }) {
    const isRemoved = versions.some(({ session }) => session === undefined);
    return requests.filter(
      ({ kind, code }) => code === 'ERR_SESSION_UNKNOWN' && kind !== 'stranger' && !isRemoved,
    );
  },

  'no end without a cause'({ sessionId, first, last, requests }, { observations, maxSessions }) {
    if (last.state !== 'ended') return [];
    const causes: Record<string, () => boolean> = {
      idle: () => true,
      absolute: () => true,
      closed: () => requests.some(({ kind, otherRun }) => kind === 'close' || otherRun === true),
      'signed-out': () => requests.some(({ kind }) => kind === 'sign-out'),
      revoked: () =>
        observations.some(
          ({ kind, subject, target }) =>
            kind === 'revoke' &&
            ((subject === first.subject && (target === 'others' || target === 'all')) ||
              target === sessionId),
        ),
      superseded: () =>
        observations.some(
          ({ kind, subject, previous, status }) =>
            kind === 'sign-in' &&
            // 503: the new session is ended where it is not known whether it was revoked meanwhile.
            (previous !== undefined ||
              ((maxSessions !== undefined || status === 503) && subject === first.subject)),
        ),
    };
    return causes[last.endReason]?.() ? [] : [last];
  },

  'a close does not end the session of a page that has shown itself since'(life) {
    const { last, requests } = life;
    if (last.state !== 'ended' || last.endReason !== 'closed' || last.closesAt === last.endedAt) return [];
    const started = changes(life).findLast(
      ({ before, after }) =>
        after.session.closesAt !== null && before.session.closesAt !== after.session.closesAt,
    );
    const closedAt = started?.after.session.presentAt;
    if (closedAt === undefined || closedAt === null) return [];
    return requests.filter(
      ({ kind, status, at }) =>
        (kind === 'open' || kind === 'touch') && status === 200 && at !== undefined && at >= closedAt,
    );
  },

  'a close grace is cancelled by a newer sign of a page only'(life) {
    // A touch or a guarded request that does not say when it was sent counts as the newest sign.
    const timeless = life.requests.filter(
      ({ kind, at }) => (kind === 'touch' || kind === 'guard') && at === undefined,
    );
    return changes(life).filter(({ before, after }) => {
      const isCancelled = before.session.closesAt !== null && after.session.closesAt === null;
      if (!isCancelled || (after.session.presentAt ?? 0) > (before.session.presentAt ?? 0)) return false;
      return !timeless.some(({ trueNow }) => trueNow <= after.readAt && trueNow >= after.readAt - LATEST_MS);
    });
  },

  'its beginning and its end are announced once, after repeats are dropped, and as they are stored'(
    { sessionId, versions, first, last },
    { announcements },
  ) {
    const mine = announcements.filter(({ detail }) => detail.sessionId === sessionId);
    const distinct = new Map(mine.map((event) => [JSON.stringify(event), event]));
    const started = [...distinct.values()].filter(({ type }) => type === EVENT_TYPES.started);
    const ended = [...distinct.values()].filter(({ type }) => type === EVENT_TYPES.ended);
    const ids = new Set([...distinct.values()].map(({ detail }) => detail.eventId));
    const end = ended[0]?.detail;
    const isEnded = last.state === 'ended';
    const isOver = isEnded || versions.at(-1)!.session === undefined;
    const wrong =
      started.length !== 1 ||
      started[0]!.detail.createdAt !== first.createdAt ||
      ended.length !== Number(isOver) ||
      ids.size !== distinct.size ||
      (isEnded && (end?.reason !== last.endReason || end.endedAt !== last.endedAt)) ||
      (end?.latenessMs ?? 0) < 0;
    return wrong
      ? [
          {
            started,
            ended,
            last,
            rows: versions.map(({ session, record }) => [
              record.eventName,
              session?.state,
              record.userIdentity,
            ]),
          },
        ]
      : [];
  },

  'what the sweep can see ends: nothing is left of it at the end of time'({ last, versions }) {
    return last.state === 'active' && versions.at(-1)!.session !== undefined ? [last] : [];
  },
};

/** What `docs/promises.md` promises of the service. */
export const OF_THE_SERVICE: Readonly<Record<string, Check<History>>> = {
  'a failure is a 503 that says when to try again, and never anything else'({ observations }) {
    return observations.filter(
      ({ kind, status, retryAfter }) =>
        kind !== 'sign-in' && status >= 500 && (status !== 503 || retryAfter === undefined),
    );
  },

  'a stranger learns nothing'({ observations }) {
    return observations.filter(
      ({ kind, status, code }) => kind === 'stranger' && status !== 503 && code !== 'ERR_SESSION_UNKNOWN',
    );
  },

  'a complete sweep leaves no expired session'({ sweeps }) {
    return sweeps.filter(({ left }) => left.length > 0);
  },

  'a revocation that says that none remains has ended all that had begun before it'(history) {
    const lives = livesOf(history);
    return history.observations.flatMap((request) => {
      const { kind, status, target, json, subject, began, sessionId } = request;
      if (kind !== 'revoke' || status !== 200 || json.remaining !== 0) return [];
      // All of them includes sign-ins that are under way, by their times: as far as the clocks agree.
      const includesBegun = target === 'all' && history.skewMs === 0;
      const signedIn = history.observations.filter(
        (other) =>
          other.kind === 'sign-in' &&
          other.sessionId &&
          other.subject === subject &&
          ((includesBegun ? other.begunBy : undefined) ?? other.ended) < began,
      );
      const ids = new Set(signedIn.map((other) => other.sessionId));
      const isMeant = (id: string) =>
        target === 'all'
          ? ids.has(id)
          : target === 'others'
            ? ids.has(id) && id !== sessionId
            : id === target;
      const alive = lives.filter(
        (life) => isMeant(life.sessionId) && life.last.state === 'active' && life.versions.at(-1)!.session,
      );
      // By the end of time every session has ended: what counts is that it did so by then, and not later.
      const later = lives.filter(
        (life) =>
          isMeant(life.sessionId) &&
          life.requests.some((other) => other.began > request.ended && isAccepted(other)),
      );
      return [...alive, ...later].map((life) => ({ request, last: life.last }));
    });
  },

  'nothing that makes sense is set aside'({ setAside }) {
    return setAside;
  },
};

/** Every promise that a history breaks. */
export function violationsIn(history: History): Violation[] {
  const lives = livesOf(history);
  return [
    ...Object.entries(OF_A_SESSION).flatMap(([promise, check]) =>
      lives.flatMap((life) =>
        check(life, history).map((detail) => ({ promise, sessionId: life.sessionId, detail })),
      ),
    ),
    ...Object.entries(OF_THE_SERVICE).flatMap(([promise, check]) =>
      check(history, history).map((detail) => ({ promise, sessionId: undefined, detail })),
    ),
  ];
}

function livesOf({ versions, observations }: History): Life[] {
  return [...versions].map(([sessionId, rows]) => {
    const sessions = rows.flatMap(({ session }) => session ?? []);
    return {
      sessionId,
      versions: rows,
      first: sessions[0]!,
      last: sessions.at(-1)!,
      requests: observations.filter(
        (request) => request.sessionId === sessionId && request.kind !== 'sign-in',
      ),
    };
  });
}
