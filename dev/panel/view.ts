import { CLOSE_GRACE_MS } from '../../core/contract.ts';
import { type DevSession, REASONS_TO_TOUCH } from '../protocol.ts';
import { countdown, type Mood, timeOfDay } from './format.ts';
import { type PanelState, type RequestRun, serverNow } from './model.ts';

/** What the panel shows, as plain data: the DOM has nothing to decide. */
export interface PanelView {
  /** What is wrong with the connection to the server; empty: nothing. */
  readonly trouble: string;
  /** The server's time of day; empty: it has not said. */
  readonly time: string;
  readonly sessions: readonly SessionView[];
  readonly happenings: readonly LineView[];
  readonly requests: readonly LineView[];
}

export interface SessionView {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly isCurrent: boolean;
  readonly isLive: boolean;
  /** None of a session that has ended. */
  readonly bars: readonly BarView[];
}

/** How much is left of a limit. */
export interface BarView {
  readonly label: string;
  readonly text: string;
  /** From 1, all of it, to 0. */
  readonly left: number;
  /** The part at the end in which the user is warned, 0 to 1. */
  readonly warning: number;
  readonly mood: Mood;
}

/** A line of a log. */
export interface LineView {
  readonly time: string;
  readonly text: string;
  /** More about it; empty: there is no more. */
  readonly note: string;
  /** A word for its kind. */
  readonly tag: string;
  /** Whether its kind is the one to look for. */
  readonly isMarked: boolean;
}

/** @param monotonicMs now, on the clock by which `heardAt` was taken */
export function panelView(state: PanelState, monotonicMs: number): PanelView {
  const now = serverNow(state, monotonicMs);
  const { known } = state;
  return {
    trouble: state.link === 'lost' ? 'The development server does not answer. It is asked again.' : '',
    time: known ? timeOfDay(now) : '',
    sessions: [...(known?.sessions ?? [])].sort(byInterest).map((session) => sessionView(session, now)),
    happenings: state.happenings.map(({ at, text, where }) => ({
      time: timeOfDay(at),
      text,
      note: '',
      tag: where === 'page' ? 'this page' : 'server',
      isMarked: where === 'server',
    })),
    requests: state.requests.map(requestLine),
  };
}

/** How long until a session's warning opens, or until it ends, ms; 0: it has. */
export function untilMs(session: DevSession, target: 'warning' | 'end', now: number): number {
  const at = session.expiresAt - (target === 'warning' ? session.warnBeforeMs : 0);
  return Math.max(0, Math.ceil(at - now));
}

/** That of this browser first, then those that live. The server lists the newest first. */
function byInterest(a: DevSession, b: DevSession): number {
  const rank = ({ current, state }: DevSession) => (current ? 2 : 0) + (state === 'ended' ? 0 : 1);
  return rank(b) - rank(a);
}

function sessionView(session: DevSession, now: number): SessionView {
  const { sessionId, subject, name, current, state, createdAt } = session;
  const isLive = state !== 'ended';
  return {
    id: sessionId,
    title: name ?? subject,
    note: isLive ? `since ${timeOfDay(createdAt)}` : endOf(session),
    isCurrent: current,
    isLive,
    bars: isLive ? bars(session, now) : [],
  };
}

function endOf({ reason = 'for no reason that is known', endedAt }: DevSession): string {
  return `ended${endedAt === undefined ? '' : ` at ${timeOfDay(endedAt)}`}: ${reason}`;
}

function bars(session: DevSession, now: number): BarView[] {
  const { idleExpiresAt, absoluteExpiresAt, closesAt } = session;
  const { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, absoluteWarnBeforeMs } = session;
  return [
    bar('idle', idleExpiresAt, idleTimeoutMs, warnBeforeMs, now),
    bar('absolute', absoluteExpiresAt, absoluteTimeoutMs, Math.max(warnBeforeMs, absoluteWarnBeforeMs), now),
    ...(closesAt === null ? [] : [bar('closing', closesAt, CLOSE_GRACE_MS, CLOSE_GRACE_MS, now)]),
  ];
}

function bar(label: string, endsAt: number, wholeMs: number, warnBeforeMs: number, now: number): BarView {
  const leftMs = endsAt - now;
  const until = timeOfDay(endsAt);
  return {
    label,
    text: leftMs > 0 ? `${countdown(leftMs)} left, until ${until}` : `over since ${until}`,
    left: share(leftMs, wholeMs),
    warning: share(warnBeforeMs, wholeMs),
    mood: leftMs <= 0 ? 'over' : leftMs <= warnBeforeMs ? 'warn' : 'calm',
  };
}

/** A part of a whole, from 0 to 1. */
function share(partMs: number, wholeMs: number): number {
  return Math.min(1, Math.max(0, partMs / wholeMs));
}

function requestLine({ request, count }: RequestRun): LineView {
  const { at, method, path, status, touched, why } = request;
  return {
    time: timeOfDay(at),
    text: `${method} ${path}${count > 1 ? ` × ${count}` : ''}`,
    note: `${status === 0 ? 'no answer' : status} · ${REASONS_TO_TOUCH[why]}`,
    tag: touched ? 'touched' : 'did not touch',
    isMarked: touched,
  };
}
