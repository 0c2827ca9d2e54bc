import type { SessionClient } from '../../web/client/types.ts';
import type { SessionTimeoutDialog } from '../../web/element/dialog.ts';
import { make } from '../../web/element/dom.ts';
import { styleSheet } from '../../web/element/paper.ts';
import { TAG } from '../../web/element/tag.ts';
import type { DevState } from '../protocol.ts';
import { createControl, lookAgain } from './control.ts';
import { createDrawer } from './drawer.ts';
import type { Guarded } from './guard.ts';
import { learn, type News, NOTHING_KNOWN, openTabs, serverNow } from './model.ts';
import { createOpening } from './opening.ts';
import { watchPageClient } from './page-client.ts';
import { createStream, readState } from './server.ts';
import { STYLES } from './styles.ts';
import { joinTabs, type TabReport } from './tabs.ts';
import { panelView } from './view.ts';

/** How often what shows is brought up to date, ms: it has seconds in it. */
const TICK_MS = 1_000;

export interface Panel extends Guarded {
  session: SessionClient | undefined;
  connect(): void;
  disconnect(): void;
}

/** @param isPage whether it is all of the page */
export function createPanel(host: HTMLElement, isPage: () => boolean): Panel {
  let given: SessionClient | undefined;
  let disconnect = () => {};
  let guarded: Guarded | undefined;
  return {
    get session() {
      return given;
    },
    set session(session) {
      given = session;
    },
    connect() {
      const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
      [disconnect, guarded] = mount(root, isPage(), () => given ?? dialogSession());
    },
    disconnect: () => disconnect(),
    onInput: (event) => guarded?.onInput(event),
    onFocusIn: (from) => guarded?.onFocusIn(from),
  };
}

/** The client of the page's dialog, which has it as a property. */
function dialogSession(): SessionClient | undefined {
  return document.querySelector<SessionTimeoutDialog>(TAG)?.session;
}

/** Makes the panel in its shadow root, and starts it. @returns what ends it, and what is told of its events */
function mount(
  root: ShadowRoot,
  isPage: boolean,
  findClient: () => SessionClient | undefined,
): [() => void, Guarded] {
  const stopper = new AbortController();
  const { signal } = stopper;
  const id = crypto.randomUUID();
  let state = NOTHING_KNOWN;
  const monotonic = () => performance.now();
  // Not by `reload()`, after which a binding ends nothing. To its own fragment a page would not be loaded, so that is lost.
  const reload = () => location.replace(location.pathname + location.search);
  const tell = (news: News) => {
    state = learn(state, news);
    show();
  };

  const take = (known: DevState) =>
    tell({ type: 'state', state: known, heardAt: monotonic(), isAnswer: true });

  const stream = createStream(tell);
  const client = watchPageClient(findClient, async (type) => {
    // What its time is, which may have moved since it was heard, and whose session is this browser's.
    await ask();
    tell({ type: 'page', at: state.known ? serverNow(state, monotonic()) : Date.now(), text: type });
  });
  const tabs = joinTabs((message) => {
    if (message.type === 'hello') report();
    else if (message.type === 'reload') reload();
    else if (message.type === 'changed') {
      void lookAgain(client.look());
      void ask();
    } else tell({ type: 'tab', id: message.id, report: message.report, heardAt: monotonic() });
  });
  const control = createControl({
    known: () => state.known && { state: state.known, now: serverNow(state, monotonic()) },
    client: client.look,
    learn: take,
    tellOthers: (message) => tabs.say(message),
    reload,
  });
  const drawer = createDrawer(isPage, control, () => opening.close());
  const opening = createOpening(root, drawer.element, drawer.first, () => {
    follow();
    show();
  });

  /**
   * The stream takes a connection of the browser's: a drawer has it while somebody looks. The panel as a page, of which there is one,
   * is read after something was done in another tab.
   */
  function follow(): void {
    if (isPage || (!document.hidden && opening.isOpen)) stream.open();
    else stream.close();
  }
  async function ask(): Promise<void> {
    const known = await readState();
    if (known) take(known);
  }
  function ownReport(): TabReport {
    return { path: location.pathname, client: client.view() };
  }
  function report(): void {
    if (!isPage) tabs.say({ type: 'report', id, report: ownReport() });
  }
  function show(): void {
    const own = isPage ? [] : [{ ...ownReport(), id, isOwn: true }];
    const others = openTabs(state, monotonic()).map((tab) => ({ ...tab, isOwn: false }));
    const glanced = own[0]?.client;
    opening.glance(glanced?.glance ?? 'no client', glanced?.mood ?? 'over');
    if (isPage || opening.isOpen)
      drawer.show(panelView(state, monotonic()), [...own, ...others], state.known);
  }
  function tick(): void {
    client.look();
    report();
    show();
  }

  root.adoptedStyleSheets = [SHEET];
  const inside = isPage
    ? make('main', 'page', {}, drawer.element)
    : make('aside', 'aside', { ariaLabel: 'Curfew', popover: 'manual' }, opening.opener, drawer.element);
  root.replaceChildren(inside);
  drawer.element.hidden = !isPage;
  // Above whatever the page stacks up, but for its own modals.
  if (!isPage) inside.showPopover();
  const timer = setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', follow, { signal });
  addEventListener('pagehide', () => tabs.say({ type: 'report', id, report: null }), { signal });
  if (!isPage) opening.resume();
  follow();
  tick();

  const stop = () => {
    clearInterval(timer);
    stopper.abort();
    stream.close();
    client.release();
    tabs.say({ type: 'report', id, report: null });
    tabs.close();
  };
  return [stop, isPage ? UNGUARDED : opening];
}

/** All of the page is the panel's. */
const UNGUARDED: Guarded = { onInput: () => {}, onFocusIn: () => {} };

const SHEET = styleSheet(STYLES);
