import { createTimer } from '../client/clock.ts';
import type { SessionClient, Snapshot } from '../client/types.ts';
import { createAnnouncer } from './announcer.ts';
import { createAnswers } from './answers.ts';
import { createAttention } from './attention.ts';
import { createCard, isAbsolute } from './card.ts';
import { parentOf, put } from './dom.ts';
import { guard } from './guard.ts';
import { ENGLISH_LANGUAGE, type Language, langOf, loadLanguage } from './language.ts';
import { keepClosed, memory, remember, wasClosed } from './memory.ts';
import { createPaperCover, styleSheet } from './paper.ts';
import { createPlace } from './place.ts';
import { openSignInWindow } from './sign-in-window.ts';
import {
  ABSOLUTE_MODAL_MS,
  type Choice,
  type DialogState,
  dialogState,
  endedDisplay,
  type View,
  viewOf,
} from './state.ts';
import { STYLES } from './styles.ts';
import type { SessionTimeoutDialogEvents } from './tag.ts';
import type { OwnTexts } from './texts.ts';

/** What an element shows, and what it does. */
export interface Display {
  session: SessionClient | undefined;
  texts: OwnTexts;
  /** Of several in a page, the first that has a session is the one that shows it. */
  render(): void;
  setSession(session: SessionClient | undefined): void;
  connect(): void;
  disconnect(): void;
}

/** Those that are in the page, in the order in which they came. The first that has a session shows it. */
const connected = new Set<Display>();

/** @param clone makes another element like this one */
export function createDisplay(host: HTMLElement, clone: () => HTMLElement): Display {
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [styleSheet(STYLES)];
  const card = createCard();
  const { liveRegion, stayButton, leaveButton, dismissButton } = card;
  const attribute = (name: string, otherwise: string) => host.getAttribute(name) ?? otherwise;
  const announce = createAnnouncer(liveRegion);
  const attention = createAttention(card);
  const coverPaper = createPaperCover();
  const place = createPlace(root, card, () => attribute('focus-fallback', 'h1'));
  const time = () => display.session?.clock.monotonic() ?? 0;
  const answers = createAnswers(card, place, time, choose, signIn);
  /** A modal of the page hides everything beside it, this element included; and a page may change its language. */
  const observer = new MutationObserver(() => {
    // Twice in a frame at most: a page that hides it again at each change would be undone for ever, with no time for anything else.
    if (place.view && !isExposed) {
      expose();
      isExposed = true;
      requestAnimationFrame(() => {
        isExposed = false;
        if (place.view) expose();
      });
    }
    void speak();
  });
  let isExposed = false;

  /** The `lang` for which a language was last asked for. */
  let lang: string | undefined;
  let loaded = ENGLISH_LANGUAGE;
  /** Of the client that it shows. */
  let watch = new AbortController();
  let stopper = new AbortController();
  /** For the absolute limit, of which the client tells nothing between its changes. */
  let wake: ((delayMs?: number) => void) | undefined;
  let state: DialogState = '';
  let choice: Choice = '';

  const display: Display = {
    session: undefined,
    texts: {},
    render,
    setSession(session) {
      watch.abort();
      watch = new AbortController();
      wake?.();
      wake = session && createTimer(session.clock, render);
      display.session = session;
      if (connected.has(display) && session) {
        const { signal } = watch;
        signal.onabort = session.subscribe(render);
        session.addEventListener('signed-out', () => (memory.isOwnSignOut = true), { signal });
        session.addEventListener('replaced', ({ detail }) => detail.sameUser || leave(), { signal });
      }
      renderAll();
    },
    connect() {
      connected.add(display);
      stopper = new AbortController();
      const { signal } = stopper;
      guard(root, place, answers.onInput, signal);
      document.addEventListener('visibilitychange', render, { signal });
      for (const node of [document, host.getRootNode()])
        observer.observe(node, { subtree: true, attributeFilter: ['lang', 'aria-hidden', 'inert'] });
      void speak();
    },
    disconnect() {
      connected.delete(display);
      watch.abort();
      stopper.abort();
      observer.disconnect();
      render();
      renderAll();
    },
  };

  const leads = () => [...connected].find((each) => each.session) === display;

  /** Tells the page. @returns whether the default is to follow */
  const fire = (type: keyof SessionTimeoutDialogEvents, detail?: unknown) =>
    host.dispatchEvent(new CustomEvent(type, { detail, cancelable: true }));

  function render(): void {
    wake?.();
    const session = leads() ? display.session : undefined;
    const status = session?.getStatus();
    const snapshot = session?.getSnapshot();
    const isEnded = snapshot?.status === 'ended';
    if (snapshot && !isEnded) memory.isTold = false;
    // A client that was stopped has no status: what it last knew is no news.
    if (!session || !snapshot || !(status || isEnded)) {
      present('', '');
      return;
    }
    if (status) {
      // An empty page is of no use to whoever is signed in again.
      if (memory.isCleared) {
        eraseDocument();
        location.reload();
        return;
      }
      remember(status);
    }
    const { known } = memory;
    const { reason, connection, endedAt, expiresAt, absoluteExpiresAt } = snapshot;
    if (snapshot.status === 'active') choice = '';
    const now = session.clock.now();
    const absoluteLeftMs = (absoluteExpiresAt ?? 0) - now;
    // A server of another release may say nothing of it.
    const absoluteWarnBeforeMs = status?.absoluteWarnBeforeMs ?? 0;
    const wait = absoluteLeftMs - absoluteWarnBeforeMs;
    if (absoluteLeftMs > 0) wake?.(wait > 0 ? wait : (absoluteLeftMs % 1_000) + 1);
    const before = state;
    const next = dialogState(snapshot, {
      choice,
      dismissed: memory.dismissed,
      absoluteLeftMs,
      absoluteWarnBeforeMs,
    });
    const isChanged = before !== next;
    if (isEnded && isChanged && wasClosed(endedAt)) memory.dismissed = next;
    const ended = endedDisplay(host.getAttribute('ended'), !!known);
    const view = viewOf(next, memory.dismissed, ended);
    const isOfAbsolute = isAbsolute(next);
    const left = isOfAbsolute
      ? Math.max(0, Math.ceil(absoluteLeftMs / 1_000))
      : (snapshot.remainingSeconds ?? 0);
    if (next) {
      card.write({
        state: next,
        isModal: view === 'modal',
        // Closed once more, nothing would count down to the end.
        isDismissible: memory.dismissed !== 'absolute' || isEnded,
        reason:
          reason === 'signed-out' && known && !memory.isOwnSignOut ? 'elsewhere' : (reason ?? 'unknown'),
        isOffline: connection === 'offline',
        timeoutMs: known?.[isOfAbsolute || reason === 'absolute' ? 'absoluteTimeoutMs' : 'idleTimeoutMs'],
        at: isEnded ? endedAt : isOfAbsolute ? absoluteExpiresAt : expiresAt,
        now,
        left,
        whole: (isOfAbsolute ? ABSOLUTE_MODAL_MS : (status?.warnBeforeMs ?? 1)) / 1_000,
        language: language(),
        signInHref: attribute('sign-in-href', '/api/auth/sign-in'),
      });
    }
    const isNew = present(next, view, reason);
    if (next && view) {
      if (isNew || (isChanged && (isEnded || next === 'absolute'))) answers.ask();
      announce(next, left, language(), isNew, session.clock);
    }
    if (isChanged) {
      if (isEnded && place.isModal) card.headingElement.focus();
      if (loaded.isMissing) void speak(true);
    }
    if (isEnded && !memory.isTold) tell(reason, ended);
  }

  /** @returns whether it is somewhere else than before */
  function present(next: DialogState, view: View, reason?: Snapshot['reason']): boolean {
    state = next;
    host.dataset.state = next;
    host.dataset.reason = (next && reason) || '';
    const isNew = place.show(view);
    if (view) expose();
    const { isModal } = place;
    const isEnded = next === 'ended';
    coverPaper(isModal && (isEnded || next === 'unsure'));
    const isWaiting = isModal && document.hidden;
    attention.title(isWaiting && (isEnded ? language().texts.signedOut : card.clock.textContent));
    attention.notify(isWaiting && (isNew ? host.hasAttribute('notify') : undefined));
    return isNew;
  }

  function tell(reason: Snapshot['reason'], ended: string): void {
    memory.isTold = true;
    if (!fire('ended', { reason, clear }) || ended !== 'redirect') return;
    const href = attribute('ended-href', '/');
    eraseDocument();
    location.replace(href);
  }

  /**
   * Takes what the user saw and typed out of the document: all but the dialog, of which a copy stays. What a framework has
   * made goes as it is, so that it misses no part of it.
   */
  function clear(): void {
    memory.isCleared = true;
    document.title = location.host;
    document.body.replaceChildren(clone());
  }

  /** What this page shows is none of the new user's business. It is covered at once, whatever else is set, and then it goes. */
  function leave(): void {
    if (!leads() || !fire('replaced')) return;
    host.setAttribute('ended', 'cover');
    render();
    put(liveRegion, language().texts.signInOther);
    location.replace('/');
  }

  /**
   * Loads the language of the page, before the network may be gone.
   *
   * @param isAgain the one that was asked for is wanted once more
   */
  async function speak(isAgain = false): Promise<void> {
    const wanted = langOf(host);
    if (wanted === lang && !isAgain) return;
    lang = wanted;
    const found = await loadLanguage(lang);
    // The page may have changed it once more meanwhile.
    if (wanted !== lang) return;
    loaded = found;
    render();
  }

  function language(): Language {
    const own = Object.entries(display.texts).filter(([, text]) => text !== undefined);
    const { tag, pageTag, texts } = loaded;
    return { tag: own.length > 0 ? pageTag : tag, texts: { ...texts, ...Object.fromEntries(own) } };
  }

  /** A modal's contents are in no inert part of a page, but may be hidden from assistive technology with what is around them. */
  function expose(): void {
    host.removeAttribute('inert');
    for (let node: Element | null = host; node; node = place.isModal ? parentOf(node) : null)
      node.removeAttribute('aria-hidden');
  }

  function choose(button: HTMLElement): void {
    if (button === leaveButton) void signOut();
    else if (button === dismissButton || (button === stayButton && isAbsolute(state))) {
      memory.dismissed = state;
      if (state === 'ended') keepClosed(display.session?.getSnapshot().endedAt ?? null);
      render();
    } else if (button === stayButton && state !== 'ended') void extend();
  }

  function signIn(): boolean {
    const isOpen = openSignInWindow(card.againLink);
    if (isOpen) put(liveRegion, language().texts.signingIn);
    return isOpen;
  }

  async function extend(): Promise<void> {
    const { session } = display;
    if (!session || choice === 'staying') return;
    choice = 'staying';
    render();
    choice = (await session.extend()) ? '' : 'failed';
    render();
  }

  async function signOut(): Promise<void> {
    const done = await display.session?.signOut();
    if (!done) {
      put(liveRegion, language().texts.failed);
      return;
    }
    if (fire('signed-out', done) && done.signOutUrl) location.assign(done.signOutUrl);
  }

  return display;
}

function renderAll(): void {
  for (const each of connected) each.render();
}

/**
 * Nothing is left of the document but its address: no node, and no listener either, which could ask whether the page may be left,
 * and on the window would come before one of ours that keeps it from that.
 */
function eraseDocument(): void {
  document.open();
  document.close();
}
