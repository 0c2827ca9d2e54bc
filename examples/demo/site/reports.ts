import type { SessionClient } from 'curfew/client';
import type { Drafts } from 'curfew/drafts';
import { get, post } from './api.ts';
import { create, find, setText, timeOfDay } from './dom.ts';

/** How often the list is read again in the background, ms. The request reports no activity, so it never extends. */
const POLL_MS = 10_000;
/** The longest note that the application's API accepts, in characters. */
const MAX_LENGTH = 2_000;

interface Note {
  readonly text: string;
  /** Epoch ms. */
  readonly savedAt: number;
}

/**
 * The application's own API behind the guard: a list that is polled with `fetcher`, and a save with `session.fetch`,
 * which adds the age of the user's activity.
 */
export function startReports(session: SessionClient, fetcher: typeof fetch, drafts: Drafts): void {
  const form = find<HTMLFormElement>('#report');

  async function load(): Promise<void> {
    if (!session.getStatus()) return;
    const reply = await get<{ notes: readonly Note[] }>(fetcher, '/api/notes');
    if (!reply) return;
    find('#reports-list').replaceChildren(...reply.notes.slice(0, 5).map(row));
    find('#reports').hidden = reply.notes.length === 0;
  }

  async function file(): Promise<void> {
    const response = await post(session.fetch, '/api/notes', { text: reportText(new FormData(form)) });
    if (!response?.ok) {
      const kept = drafts.isSaved() ? ' Your draft is saved on this device.' : '';
      setText('#draft-note', `It could not be filed.${kept}`);
      return;
    }
    form.reset();
    // What was filed is no longer a draft.
    drafts.clear();
    find('#draft-discard').hidden = true;
    setText('#draft-note', 'Filed.');
    await load();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void file();
  });
  setInterval(load, POLL_MS);
  void load();
}

function reportText(data: FormData): string {
  const [severity, summary, place, details] = ['severity', 'summary', 'place', 'details'].map((name) =>
    data.get(name),
  );
  return [`${severity}: ${summary}`, place, details].filter(Boolean).join(' · ').slice(0, MAX_LENGTH);
}

function row({ text, savedAt }: Note): HTMLElement {
  return create('li', '', create('time', '', timeOfDay(savedAt)), ` ${text}`);
}
