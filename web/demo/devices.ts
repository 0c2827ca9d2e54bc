import type { SessionClient } from '../client/index.ts';
import { make, one, say } from './page.ts';

/** One session of the user, as `GET /api/sessions` lists it. */
interface Listed {
  readonly sessionId: string;
  readonly current: boolean;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  readonly device: { readonly userAgent?: string; readonly address?: string };
}

/** Where the user is signed in, and the means to end it there (OWASP ASVS 7.5.2). Reading it never extends. */
export function showDevices(session: SessionClient, fetcher: typeof fetch): void {
  const list = one('#devices-list');
  const others = one<HTMLButtonElement>('#devices-others');

  async function load(): Promise<void> {
    if (!session.getStatus()) return;
    const response = await fetcher('/api/sessions').catch(() => undefined);
    if (!response?.ok) return;
    const { sessions } = (await response.json()) as { sessions: Listed[] };
    list.replaceChildren(...sessions.map(row));
    others.hidden = sessions.length < 2;
  }

  function row({ sessionId, current, lastActivityAt, device }: Listed): HTMLElement {
    const name = current ? `${deviceName(device.userAgent)}, this one` : deviceName(device.userAgent);
    const seen = `last active ${new Date(lastActivityAt).toLocaleTimeString('en-GB')}${device.address ? ` · ${device.address}` : ''}`;
    const end = make('button', 'quiet', 'End');
    end.type = 'button';
    end.ariaLabel = `End the session on ${name}`;
    end.addEventListener('click', () => void revoke(sessionId));
    return make('li', '', make('div', '', make('strong', '', name), make('p', 'fine', seen)), end);
  }

  async function revoke(target: string): Promise<void> {
    const sessionId = session.getStatus()?.sessionId;
    if (!sessionId) return;
    const response = await fetcher('/api/sessions/revoke', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId, target }),
    }).catch(() => undefined);
    if (response?.ok) {
      const { revoked } = (await response.json()) as { revoked: number };
      say('#devices-note', revoked === 1 ? 'One session was ended.' : `${revoked} sessions were ended.`);
    } else say('#devices-note', 'That did not work. Please try again.');
    await session.refresh();
    await load();
  }

  others.addEventListener('click', () => void revoke('others'));
  one('#devices').addEventListener('toggle', () => void load());
  void load();
}

/** Enough to tell one's devices apart; what the browser says of itself is no more than that. */
function deviceName(userAgent = ''): string {
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? 'A browser';
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0];
  return `${{ Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser}${system ? ` on ${system}` : ''}`;
}
