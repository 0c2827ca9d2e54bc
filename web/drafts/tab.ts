import { toBase64Url } from './encoding.ts';

const NAME = 'curfew-draft-tab';
/** Documents that keep drafts tell each other on it, that of another tab what it calls itself. */
const CHANNEL = 'curfew-draft-tabs';

/** What a document says of itself. */
interface Claim {
  readonly tab: string;
  readonly page: string;
  /** When it began, epoch ms with fractions: as good as a name of it, and of two the one that was there first keeps the tab's. */
  readonly began: number;
}

/** What {@link claimTab} works with. */
export interface TabContext {
  readonly page: string;
  readonly signal: AbortSignal;
  /** This tab is a copy of another one, which is open: from now on it has a name of its own. */
  readonly onCopy: (name: string) => void;
  /** @default performance.timeOrigin */
  readonly began?: number;
}

/**
 * Names this tab, the same after a reload or a sign-in in it. Where there is no sessionStorage, it names this page.
 *
 * A tab that is duplicated, or opened by a script, begins with a copy of the other one's sessionStorage, and so with its name.
 * Nothing tells that apart from a reload, but that a document of that name shows the same page elsewhere. One that is stopped
 * does not answer, so it says so itself when it shows again.
 */
export function claimTab({ page, signal, onCopy, began = performance.timeOrigin }: TabContext): string {
  let tab = knownName() ?? newName();
  const channel = new BroadcastChannel(CHANNEL);
  const say = () => channel.postMessage({ tab, page, began } satisfies Claim);
  channel.onmessage = ({ data }: MessageEvent<Claim>) => {
    if (data.tab !== tab || data.page !== page) return;
    if (data.began > began) say();
    else if (data.began < began) {
      tab = newName();
      onCopy(tab);
    }
  };
  document.addEventListener('visibilitychange', () => document.hidden || say(), { signal });
  signal.addEventListener('abort', () => channel.close());
  say();
  return tab;
}

function knownName(): string | undefined {
  try {
    const known = sessionStorage.getItem(NAME);
    if (known && /^[\w-]{8}$/.test(known)) return known;
  } catch {
    // Forbidden.
  }
  return undefined;
}

function newName(): string {
  const fresh = toBase64Url(crypto.getRandomValues(new Uint8Array(6)));
  try {
    sessionStorage.setItem(NAME, fresh);
  } catch {
    // Forbidden, or full.
  }
  return fresh;
}
