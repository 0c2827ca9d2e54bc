import type { SessionClient } from '../client/index.ts';
import { make, one } from './page.ts';

/** How often the lists are read again, ms. Reading never extends. */
const LOOK_MS = 3_000;
const CHANNEL = 'curfew-demo-tabs';

type Action = { readonly label: string; readonly hint: string; readonly run: () => unknown };

/**
 * The laboratory: what the server says of this session, which tabs are open, what was sent and what was not, what
 * was announced; and buttons for what happens to a session in real life.
 */
export function openLab(session: SessionClient, traffic: Traffic): void {
  const facts = make('dl', 'facts');
  const log = make('ol', 'log');
  const bar = make('div', 'life', make('i', ''));
  bar.ariaHidden = 'true';
  const buttons = make('div', 'actions', ...actions(session, traffic).map(button));
  const title = make('h2', '', 'Laboratory');
  title.id = 'lab-title';
  one('#lab').replaceChildren(
    make('section', 'card', title, make('p', 'fine', 'What the server knows of you, live.'), bar, facts),
    make('section', 'card', make('h2', '', 'Make it happen'), buttons),
    make('section', 'card', make('h2', '', 'Events'), log),
  );
  let tabs = 1;
  countTabs((count) => {
    tabs = count;
  });
  const show = () => {
    const status = session.getStatus();
    if (!status) return;
    const snapshot = session.getSnapshot();
    const left = Math.max(0, snapshot.expiresAt! - Date.now());
    bar.style.setProperty('--left', String(Math.min(1, left / status.idleTimeoutMs)));
    bar.style.setProperty('--warn', String(status.warnBeforeMs / status.idleTimeoutMs));
    write(facts, [
      ['Ends in', clock(left)],
      ['By inactivity at', time(snapshot.expiresAt! + status.idleExpiresAt - status.expiresAt)],
      ['In any case at', time(snapshot.absoluteExpiresAt!)],
      ['Last activity known', time(snapshot.expiresAt! + status.lastActivityAt - status.expiresAt)],
      ['Session', `${status.sessionId.slice(0, 8)}…`],
      ['Tabs open', String(tabs)],
      ['Pulses sent here', String(traffic.pulses)],
      ['Activity seen, not sent', String(traffic.saved())],
      ['Polls sent, never extending', String(traffic.polls)],
      ['Connection', traffic.cut ? 'cut, by you' : snapshot.connection],
    ]);
  };
  setInterval(show, 1_000);
  session.subscribe(show);
  show();
  for (const type of ['warning', 'extended', 'ended', 'replaced'] as const) {
    session.addEventListener(type, () => note(log, `this page: ${type}`));
  }
  void followBus(log);
}

/** What this page sends, counted where it is sent. */
export interface Traffic {
  pulses: number;
  polls: number;
  /** The network is cut for this page. */
  cut: boolean;
  /** Inputs that needed no request of their own. */
  saved(): number;
}

function actions(session: SessionClient, traffic: Traffic): Action[] {
  return [
    {
      label: 'Go offline',
      hint: 'Requests of this page fail until you press it again.',
      run: (): string => {
        traffic.cut = !traffic.cut;
        void session.refresh();
        return traffic.cut ? 'Go online' : 'Go offline';
      },
    },
    {
      label: 'Poll now',
      hint: 'Asks the server. Nothing moves.',
      run: () => session.refresh(),
    },
    {
      label: 'Long operation',
      hint: 'One minute of work without input: it counts as activity.',
      run: () => session.holdActive(new Promise((resolve) => setTimeout(resolve, 60_000))),
    },
    { label: 'Another tab', hint: 'Every tab warns, and every tab ends.', run: () => open(location.href) },
    {
      label: 'Be revoked',
      hint: 'As an administrator would, or you from another device.',
      run: () => revoke(session),
    },
    {
      label: 'Be idle',
      hint: 'Here only: moves the server’s clock to the warning.',
      run: () => beIdle(session),
    },
  ];
}

function button({ label, hint, run }: Action): HTMLElement {
  const element = make('button', '', label);
  element.type = 'button';
  element.addEventListener('click', async () => {
    const next = await run();
    if (typeof next === 'string') element.textContent = next;
  });
  return make('div', 'action', element, make('p', 'fine', hint));
}

async function revoke(session: SessionClient): Promise<void> {
  const sessionId = session.getStatus()?.sessionId;
  if (!sessionId) return;
  await fetch('/api/sessions/revoke', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sessionId, target: sessionId }),
  });
  await session.refresh();
}

/** Moves the local runtime's clock. Deployed, there is none: waiting is what being idle takes. */
async function beIdle(session: SessionClient): Promise<string | undefined> {
  const status = session.getStatus();
  if (!status) return undefined;
  const { expiresAt } = session.getSnapshot();
  const advanceMs = Math.max(0, Math.round(expiresAt! - Date.now() - status.warnBeforeMs - 2_000));
  const response = await fetch('/__local/clock', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceMs }),
  }).catch(() => undefined);
  await session.refresh();
  return response?.ok ? undefined : 'Wait, without touching anything';
}

/** Every tab says that it is there; one that has not for ten seconds is gone. */
function countTabs(onCount: (count: number) => void): void {
  const channel = new BroadcastChannel(CHANNEL);
  const self = crypto.randomUUID();
  const seen = new Map<string, number>();
  channel.onmessage = ({ data }) => seen.set(data, Date.now());
  const say = () => {
    channel.postMessage(self);
    for (const [tab, at] of seen) if (Date.now() - at > 10_000) seen.delete(tab);
    onCount(seen.size + 1);
  };
  setInterval(say, LOOK_MS);
  say();
}

/** What the bus has carried, where the local runtime shows it. */
async function followBus(log: HTMLElement): Promise<void> {
  let known = 0;
  const look = async (): Promise<boolean> => {
    const response = await fetch('/__local/events').catch(() => undefined);
    if (!response?.ok || !response.headers.get('content-type')?.includes('json')) return false;
    const { events } = (await response.json()) as {
      events: { 'detail-type': string; detail: { reason?: string } }[];
    };
    for (const event of events.slice(known)) {
      note(log, `bus: ${event['detail-type']}${event.detail.reason ? `, ${event.detail.reason}` : ''}`);
    }
    known = events.length;
    return true;
  };
  if (await look()) setInterval(look, LOOK_MS);
  else note(log, 'The event bus is shown when this runs on your machine.');
}

function note(log: HTMLElement, text: string): void {
  log.prepend(make('li', '', make('time', '', time(Date.now())), ` ${text}`));
  while (log.childElementCount > 30) log.lastElementChild!.remove();
}

function write(list: HTMLElement, facts: readonly (readonly [string, string])[]): void {
  if (list.childElementCount === 0) {
    for (const [term] of facts) list.append(make('div', '', make('dt', '', term), make('dd', '')));
  }
  for (const [index, value] of list.querySelectorAll('dd').entries()) {
    const text = facts[index]![1];
    if (value.textContent !== text) value.textContent = text;
  }
}

const clock = (ms: number) => {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
const time = (at: number) => new Date(at).toLocaleTimeString('en-GB');
