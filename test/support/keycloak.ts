import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../dev/machine/loopback.ts';
import { tied } from './processes.ts';
import type { Browser } from './sign-in.ts';
import { until } from './until.ts';

/** Where `.ci/run` unpacks it: `bin/kc.sh` is in it. */
const FOLDER = path.resolve('.build/keycloak-26.4.0');
const ADMIN = 'admin';
const REALM = 'app';

/** The client of the site there, a confidential one, and its user. */
export const CLIENT = { clientId: 'curfew', clientSecret: 'the client secret of a test' };
export const USER = { username: 'ada', password: 'correct horse' };

/** Whether it is there. Never without it under CI. @throws Error under CI */
export function hasKeycloak(): boolean {
  const found = existsSync(path.join(FOLDER, 'bin/kc.sh'));
  if (!found && process.env.CI) throw new Error(`${FOLDER} is missing: .ci/run brings it`);
  return found;
}

/** Keycloak as a process of its own, with one realm. */
export class Keycloak {
  readonly issuer: string;
  private readonly child: ChildProcess;
  private readonly origin: string;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.origin = `http://127.0.0.1:${port}`;
    this.issuer = `${this.origin}/realms/${REALM}`;
  }

  /**
   * Everything is in memory, and gone when it stops. Not two at a time from new: the first start writes into the folder.
   *
   * @param sites whose addresses the client has
   * @param clients more of them, as Keycloak represents them
   */
  static async start(sites: readonly string[], clients: readonly object[] = []): Promise<Keycloak> {
    const port = await freePort();
    const options = ['--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`];
    // It ends with this process, whatever becomes of it.
    const child = spawn(...tied(path.join(FOLDER, 'bin/kc.sh'), ['start-dev', ...options]), {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN,
        JAVA_OPTS_APPEND: '-Xmx700m',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group, with the Java process in it.
      detached: true,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        printed = (printed + data).slice(-4_000);
      });
    }
    const keycloak = new Keycloak(child, port);
    try {
      const master = `${keycloak.origin}/realms/master`;
      const isOver = async () => child.exitCode !== null || (await fetch(master)).ok;
      await until('Keycloak to answer', isOver, 180_000);
      await keycloak.admin('POST', '', realm(sites, clients));
    } catch (error) {
      await keycloak.stop();
      throw new Error(`Keycloak is not ready; it printed last: ${printed}`, { cause: error });
    }
    return keycloak;
  }

  /** From now on it signs with another key. */
  async rotateKeys(): Promise<void> {
    const { id } = await (await this.admin('GET', `/${REALM}`)).json();
    await this.admin('POST', `/${REALM}/components`, {
      name: 'newer',
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      parentId: id,
      config: { priority: ['1000'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
    });
  }

  /** It accepts connections and answers nothing, until it goes on. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  goOn(): void {
    this.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.signal('SIGKILL');
    await ended;
  }

  private signal(name: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, name);
  }

  private async admin(method: string, at: string, body?: object): Promise<Response> {
    const tokens = await fetch(`${this.origin}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: ADMIN,
        password: ADMIN,
      }),
    });
    const { access_token } = await tokens.json();
    const response = await fetch(`${this.origin}/admin/realms${at}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${await response.text()}`);
    return response;
  }
}

function realm(sites: readonly string[], clients: readonly object[]): object {
  const { username, password } = USER;
  return {
    realm: REALM,
    enabled: true,
    users: [
      {
        username,
        enabled: true,
        email: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Lovelace',
        credentials: [{ type: 'password', value: password }],
      },
    ],
    clients: [
      {
        clientId: CLIENT.clientId,
        secret: CLIENT.clientSecret,
        redirectUris: sites.map((site) => `${site}/api/auth/callback`),
        attributes: {
          'post.logout.redirect.uris': sites.map((site) => `${site}/`).join('##'),
          'pkce.code.challenge.method': 'S256',
        },
      },
      ...clients,
    ],
  };
}

/** A page of Keycloak, or the address of the site at which the browser arrived; that is not requested. */
export interface Arrival {
  readonly url: URL;
  /** The page's form: undefined where the browser is sent back. */
  readonly form: { readonly action: string; readonly fields: Readonly<Record<string, string>> } | undefined;
}

/** Follows redirects until a page shows a form, or until they lead away from Keycloak. */
export async function visit(browser: Browser, start: string, init?: RequestInit): Promise<Arrival> {
  let url = new URL(start);
  const { origin } = url;
  let response = await browser.request(start, init);
  for (
    let location = response.headers.get('location');
    location;
    location = response.headers.get('location')
  ) {
    url = new URL(location, url);
    if (url.origin !== origin) return { url, form: undefined };
    response = await browser.request(url.href);
  }
  const page = (await response.text()).replaceAll('&amp;', '&');
  const action = /<form[^>]*\saction="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) throw new Error(`no form at ${url}: ${response.status} ${page.slice(0, 300)}`);
  const hidden = [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]): [string, string] => [
    /\sname="([^"]*)"/.exec(input)?.[1] ?? '',
    /\svalue="([^"]*)"/.exec(input)?.[1] ?? '',
  ]);
  return { url, form: { action, fields: Object.fromEntries(hidden) } };
}

/** Sends the form of a page, with what the user adds to it. */
export function submit(
  browser: Browser,
  { url, form }: Arrival,
  more: Record<string, string>,
): Promise<Arrival> {
  if (!form) throw new Error(`no form at ${url}`);
  const body = new URLSearchParams({ ...form.fields, ...more });
  return visit(browser, new URL(form.action, url).href, { method: 'POST', body });
}

/** Types the user's password. @returns where that leads */
export const logIn = (browser: Browser, page: Arrival): Promise<Arrival> => submit(browser, page, USER);
