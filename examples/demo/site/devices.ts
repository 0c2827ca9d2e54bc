import type { RevokeResponse, SessionClient, SessionList } from 'curfew/client';
import { get, post } from './api.ts';
import { create, find, setText, timeOfDay } from './dom.ts';

type Listed = SessionList['sessions'][number];

/**
 * Where the user is signed in, with a button to end each session (OWASP ASVS 7.5.2). Reading the list never extends
 * a session.
 */
export function showDevices(session: SessionClient, fetcher: typeof fetch): void {
  const list = find('#devices-list');
  const others = find<HTMLButtonElement>('#devices-others');

  async function load(): Promise<void> {
    if (!session.getStatus()) return;
    const sessions = await listSessions(fetcher);
    if (!sessions) return;
    list.replaceChildren(...sessions.map(row));
    others.hidden = sessions.length < 2;
  }

  function row({ sessionId, current, lastActivityAt, device }: Listed): HTMLElement {
    const name = current ? `${deviceName(device.userAgent)}, this one` : deviceName(device.userAgent);
    const seen = `last active ${timeOfDay(lastActivityAt)}${device.address ? ` · ${device.address}` : ''}`;
    const end = create('button', 'quiet', 'End');
    end.type = 'button';
    end.ariaLabel = `End the session on ${name}`;
    end.addEventListener('click', () => void revoke(sessionId));
    return create('li', '', create('div', '', create('strong', '', name), create('p', 'fine', seen)), end);
  }

  async function revoke(target: string): Promise<void> {
    const sessionId = session.getStatus()?.sessionId;
    if (!sessionId) return;
    const revoked = await revokeSessions(fetcher, { sessionId, target });
    if (revoked === undefined) setText('#devices-note', 'That did not work. Please try again.');
    else
      setText('#devices-note', revoked === 1 ? 'One session was ended.' : `${revoked} sessions were ended.`);
    await session.refresh();
    await load();
  }

  others.addEventListener('click', () => void revoke('others'));
  find('#devices').addEventListener('toggle', () => void load());
  void load();
}

/** All pages of the list; undefined when one of them can't be had. */
async function listSessions(fetcher: typeof fetch): Promise<Listed[] | undefined> {
  const sessions: Listed[] = [];
  let query = '';
  do {
    const page = await get<SessionList>(fetcher, `/api/sessions${query}`);
    if (!page) return undefined;
    sessions.push(...page.sessions);
    query = page.nextCursor === undefined ? '' : `?cursor=${encodeURIComponent(page.nextCursor)}`;
  } while (query !== '');
  return sessions;
}

/** Asks until none is left. @returns how many sessions were ended; undefined when a request failed */
async function revokeSessions(fetcher: typeof fetch, request: object): Promise<number | undefined> {
  let ended = 0;
  let left = 1;
  while (left > 0) {
    const response = await post(fetcher, '/api/sessions/revoke', request);
    if (!response?.ok) return undefined;
    const { revoked, remaining }: RevokeResponse = await response.json();
    ended += revoked;
    // A request that ends nothing would not end more the next time.
    left = revoked > 0 ? remaining : 0;
  }
  return ended;
}

/** A name that tells a user's devices apart, from what the browser says about itself. */
function deviceName(userAgent = ''): string {
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? 'A browser';
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0];
  return `${{ Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser}${system ? ` on ${system}` : ''}`;
}
