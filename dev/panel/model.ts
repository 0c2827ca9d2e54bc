import type { DevEvent, DevRequest, DevState } from '../protocol.ts';
import type { TabReport } from './tabs.ts';

/** How many lines of each log are kept: more are not looked at, and would make each update slower. */
export const MAX_LINES = 50;

/** Requests that are alike and come one after the other, such as those of a poll. */
export interface RequestRun {
  /** The newest of them. */
  readonly request: DevRequest;
  readonly count: number;
}

/** What happened: to a session, as the server announces it, or in a page, as its client says. */
export interface Happening {
  /** Epoch ms, server time. */
  readonly at: number;
  readonly text: string;
  readonly where: 'server' | 'page';
}

/** All that the panel knows. Newest first in each list. */
export interface PanelState {
  /** Whether the server tells what happens. `lost`: it is being tried again. */
  readonly link: 'connecting' | 'open' | 'lost';
  /** What the server said last. Undefined: nothing yet. */
  readonly known: DevState | undefined;
  /** When it said so, on a clock that never jumps, ms. */
  readonly heardAt: number;
  /** The session of this browser. */
  readonly ownId: string | undefined;
  readonly happenings: readonly Happening[];
  readonly requests: readonly RequestRun[];
  /** The other pages of this browser, by their ids. */
  readonly tabs: ReadonlyMap<string, HeardTab>;
}

/** What another page has told of its client. */
export interface HeardTab extends TabReport {
  /** On a clock that never jumps, ms. */
  readonly heardAt: number;
}

/** A page that has said nothing for this long is gone, ms: a hidden one may speak once a minute only. */
const SILENT_MS = 90_000;

/** What the panel is told. */
export type News =
  | { readonly type: 'link'; readonly link: PanelState['link'] }
  /** `isAnswer`: to a request that brought the cookie which this browser has now. A stream goes by that with which it was opened. */
  | {
      readonly type: 'state';
      readonly state: DevState;
      readonly heardAt: number;
      readonly isAnswer: boolean;
    }
  | { readonly type: 'event'; readonly event: DevEvent }
  | { readonly type: 'request'; readonly request: DevRequest }
  | { readonly type: 'page'; readonly at: number; readonly text: string }
  /** Null: that page goes. */
  | {
      readonly type: 'tab';
      readonly id: string;
      readonly report: TabReport | null;
      readonly heardAt: number;
    };

type StateNews = Extract<News, { type: 'state' }>;
type TabNews = Extract<News, { type: 'tab' }>;

export const NOTHING_KNOWN: PanelState = {
  link: 'connecting',
  known: undefined,
  heardAt: 0,
  ownId: undefined,
  happenings: [],
  requests: [],
  tabs: new Map(),
};

/** What the panel knows once it is told this. */
export function learn(state: PanelState, news: News): PanelState {
  switch (news.type) {
    case 'link':
      return { ...state, link: news.link };
    case 'state':
      return withState(state, news);
    case 'event':
      return withHappening(state, happeningOf(news.event));
    case 'request':
      return { ...state, requests: withRequest(state.requests, news.request) };
    case 'page':
      return withHappening(state, { at: news.at, text: news.text, where: 'page' });
    case 'tab':
      return { ...state, tabs: withTab(state.tabs, news) };
  }
}

/** The server's time, epoch ms: what it said last, and what has passed since. */
export function serverNow({ known, heardAt }: PanelState, monotonicMs: number): number {
  return (known?.now ?? 0) + Math.max(0, monotonicMs - heardAt);
}

function withState(state: PanelState, { state: known, heardAt, isAnswer }: StateNews): PanelState {
  const ownId = isAnswer ? known.sessions.find(({ current }) => current)?.sessionId : state.ownId;
  const sessions = known.sessions.map((session) => ({ ...session, current: session.sessionId === ownId }));
  return { ...state, link: 'open', known: { ...known, sessions }, heardAt, ownId };
}

/** The other pages that are open, as they have told. */
export function openTabs({ tabs }: PanelState, monotonicMs: number): (HeardTab & { readonly id: string })[] {
  return [...tabs].flatMap(([id, tab]) => (monotonicMs - tab.heardAt > SILENT_MS ? [] : [{ ...tab, id }]));
}

function happeningOf({ type, detail }: DevEvent): Happening {
  const who = `${detail.subject}: `;
  return 'reason' in detail
    ? { at: detail.endedAt, text: `${who}${type}, ${detail.reason}`, where: 'server' }
    : { at: detail.createdAt, text: `${who}${type}`, where: 'server' };
}

function withHappening(state: PanelState, happening: Happening): PanelState {
  return { ...state, happenings: [happening, ...state.happenings].slice(0, MAX_LINES) };
}

/** A poll would push everything else out: requests that are alike are counted. */
function withRequest(runs: readonly RequestRun[], request: DevRequest): RequestRun[] {
  const [newest, ...before] = runs;
  if (newest && isAlike(newest.request, request)) return [{ request, count: newest.count + 1 }, ...before];
  return [{ request, count: 1 }, ...runs].slice(0, MAX_LINES);
}

function isAlike(a: DevRequest, b: DevRequest): boolean {
  return (['method', 'path', 'status', 'touched', 'why'] as const).every((field) => a[field] === b[field]);
}

function withTab(tabs: PanelState['tabs'], { id, report, heardAt }: TabNews): PanelState['tabs'] {
  const after = new Map(tabs);
  if (report) after.set(id, { ...report, heardAt });
  else after.delete(id);
  return after;
}
