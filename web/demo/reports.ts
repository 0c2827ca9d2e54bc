import type { SessionClient } from '../client/index.ts';
import { make, one, say } from './page.ts';

/** How often the list is read again in the background, ms. It says nothing of activity, so it never extends. */
const POLL_MS = 10_000;
/** What the application's API takes. */
const LONGEST = 2_000;

interface Note {
  readonly text: string;
  readonly savedAt: number;
}

/**
 * The demo's own API, guarded as a user's own would be: a list that is polled, and a save, which `session.fetch`
 * sends with the age of the user's activity.
 */
export function keepReports(session: SessionClient, fetcher: typeof fetch, onFiled: () => void): void {
  const list = one('#reports-list');

  async function load(): Promise<void> {
    if (!session.getStatus()) return;
    const response = await fetcher('/api/notes').catch(() => undefined);
    if (!response?.ok) return;
    const { notes } = (await response.json()) as { notes: Note[] };
    list.replaceChildren(...notes.slice(0, 5).map(row));
    one('#reports').hidden = notes.length === 0;
  }

  async function file(form: HTMLFormElement): Promise<void> {
    const { summary, place, severity, details } = Object.fromEntries(new FormData(form)) as Record<
      string,
      string
    >;
    const text = [`${severity}: ${summary}`, place, details].filter(Boolean).join(' · ').slice(0, LONGEST);
    const response = await session
      .fetch('/api/notes', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      })
      .catch(() => undefined);
    if (!response?.ok) {
      say('#draft-note', 'It could not be filed. Your draft is saved on this device.');
      return;
    }
    form.reset();
    onFiled();
    say('#draft-note', 'Filed.');
    await load();
  }

  one<HTMLFormElement>('#report').addEventListener('submit', (event) => {
    event.preventDefault();
    void file(event.target as HTMLFormElement);
  });
  setInterval(load, POLL_MS);
  void load();
}

function row({ text, savedAt }: Note): HTMLElement {
  return make('li', '', make('time', '', new Date(savedAt).toLocaleTimeString('en-GB')), ` ${text}`);
}
