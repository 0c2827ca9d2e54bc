import type { SessionClient, SessionList } from 'curfew/client';
import { get, post } from './api.ts';
import { create, find, setText, timeOfDay } from './dom.ts';

/**
 * Where the user is signed in, with a button to end each session (OWASP ASVS 7.5.2). Reading the list never extends
 * a session.
 */
export function showDevices(session: SessionClient, fetcher: typeof fetch): void {
  const list = find('#devices-list');
  const others = find<HTMLButtonElement>('#devices-others');

  async function load(): Promise<void> {
    if (!session.getStatus()) return;
    const reply = await get<SessionList>(fetcher, '/api/sessions');
    if (!reply) return;
    list.replaceChildren(...reply.sessions.map(row));
    others.hidden = reply.sessions.length < 2;
  }

  function row({ sessionId, current, lastActivityAt, device }: SessionList['sessions'][number]): HTMLElement {
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
    const response = await post(fetcher, '/api/sessions/revoke', { sessionId, target });
    if (response?.ok) {
      const { revoked }: { revoked: number } = await response.json();
      setText('#devices-note', revoked === 1 ? 'One session was ended.' : `${revoked} sessions were ended.`);
    } else setText('#devices-note', 'That did not work. Please try again.');
    await session.refresh();
    await load();
  }

  others.addEventListener('click', () => void revoke('others'));
  find('#devices').addEventListener('toggle', () => void load());
  void load();
}

/** A name that tells a user's devices apart, from what the browser says about itself. */
function deviceName(userAgent = ''): string {
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? 'A browser';
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0];
  return `${{ Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser}${system ? ` on ${system}` : ''}`;
}
