import type { SessionClient } from 'curfew/client';
import { post } from './api.ts';
import { create, find, timeOfDay } from './dom.ts';
import { createEventLog, followBus } from './lab-events.ts';
import { countTabs } from './tabs.ts';
import type { Traffic } from './traffic.ts';

type Fact = readonly [term: string, value: string];
type Action = { readonly label: string; readonly hint: string; readonly run: () => unknown };

/**
 * The laboratory: what the server knows about this session, which tabs are open, what was sent and what was not,
 * what was announced; and buttons for what happens to a session in real life.
 */
export function openLab(session: SessionClient, traffic: Traffic): void {
  const bar = create('div', 'life', create('i', ''));
  bar.ariaHidden = 'true';
  const facts = create('dl', 'facts');
  const log = createEventLog();
  const title = create('h2', '', 'Laboratory');
  title.id = 'lab-title';
  const buttons = create('div', 'actions', ...actions(session, traffic).map(button));
  find('#lab').replaceChildren(
    create('section', 'card', title, create('p', 'fine', 'What the server knows of you, live.'), bar, facts),
    create('section', 'card', create('h2', '', 'Make it happen'), buttons),
    create('section', 'card', create('h2', '', 'Events'), log.element),
  );
  let tabs = 1;
  countTabs((count) => {
    tabs = count;
  });
  const show = () => {
    const known = life(session);
    if (!known) return;
    bar.style.setProperty('--left', String(known.leftShare));
    bar.style.setProperty('--warn', String(known.warnShare));
    write(facts, [...known.facts, ...trafficFacts(session, traffic, tabs)]);
  };
  setInterval(show, 1_000);
  session.subscribe(show);
  show();
  for (const type of ['warning', 'extended', 'ended', 'replaced'] as const) {
    session.addEventListener(type, () => log.add(`this page: ${type}`));
  }
  void followBus(log);
}

/** The session's deadlines on this device's clock; undefined without a session. */
function life(session: SessionClient) {
  const status = session.getStatus();
  const { expiresAt, absoluteExpiresAt } = session.getSnapshot();
  if (!status || expiresAt === null || absoluteExpiresAt === null) return undefined;
  const leftMs = Math.max(0, expiresAt - Date.now());
  // The snapshot has `expiresAt` on this device's clock, the status on the server's.
  const onThisClock = (serverAt: number) => timeOfDay(expiresAt + serverAt - status.expiresAt);
  const facts: Fact[] = [
    ['Ends in', countdown(leftMs)],
    ['By inactivity at', onThisClock(status.idleExpiresAt)],
    ['In any case at', timeOfDay(absoluteExpiresAt)],
    ['Last activity known', onThisClock(status.lastActivityAt)],
    ['Session', `${status.sessionId.slice(0, 8)}…`],
  ];
  return {
    facts,
    leftShare: Math.min(1, leftMs / status.idleTimeoutMs),
    warnShare: status.warnBeforeMs / status.idleTimeoutMs,
  };
}

function trafficFacts(session: SessionClient, traffic: Traffic, tabs: number): Fact[] {
  return [
    ['Tabs open', String(tabs)],
    ['Pulses sent here', String(traffic.pulses)],
    ['Activity seen, not sent', String(traffic.unsentInputs())],
    ['Polls sent, never extending', String(traffic.polls)],
    ['Connection', traffic.offline ? 'cut, by you' : session.getSnapshot().connection],
  ];
}

function actions(session: SessionClient, traffic: Traffic): Action[] {
  return [
    {
      label: 'Go offline',
      hint: 'Requests of this page fail until you press it again.',
      run: (): string => {
        traffic.offline = !traffic.offline;
        void session.refresh();
        return traffic.offline ? 'Go online' : 'Go offline';
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

/** An action that returns a text renames its button. */
function button({ label, hint, run }: Action): HTMLElement {
  const element = create('button', '', label);
  element.type = 'button';
  element.addEventListener('click', async () => {
    const next = await run();
    if (typeof next === 'string') element.textContent = next;
  });
  return create('div', 'action', element, create('p', 'fine', hint));
}

async function revoke(session: SessionClient): Promise<void> {
  const sessionId = session.getStatus()?.sessionId;
  if (!sessionId) return;
  await post(fetch, '/api/sessions/revoke', { sessionId, target: sessionId });
  await session.refresh();
}

/** Moves the local runtime's clock. A deployment has no such path: there, only waiting makes a user idle. */
async function beIdle(session: SessionClient): Promise<string | undefined> {
  const status = session.getStatus();
  const { expiresAt } = session.getSnapshot();
  if (!status || expiresAt === null) return undefined;
  const advanceMs = Math.max(0, Math.round(expiresAt - Date.now() - status.warnBeforeMs - 2_000));
  const response = await post(fetch, '/__local/clock', { advanceMs });
  await session.refresh();
  return response?.ok ? undefined : 'Wait, without touching anything';
}

function write(list: HTMLElement, facts: readonly Fact[]): void {
  if (list.childElementCount === 0) {
    list.append(...facts.map(([term]) => create('div', '', create('dt', '', term), create('dd', ''))));
  }
  const values = list.querySelectorAll('dd');
  for (const [index, [, text]] of facts.entries()) {
    const value = values[index];
    if (value && value.textContent !== text) value.textContent = text;
  }
}

/** "1:05" */
function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
