import { type IncomingMessage, request as nodeRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** A browser without a window: the cookies of each site, and the provider's form. Just enough to sign in. */
export class Browser {
  /** Login forms that were filled in so far. */
  logins = 0;
  private readonly jars = new Map<string, Map<string, string>>();

  /** One request, with the cookies of its site; redirects are the caller's to follow. */
  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.jar(url);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await navigate(new Request(url, { ...init, headers }));
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /**
   * Signs in at the provider, with its form where it shows one: the password is the user's name.
   *
   * @param start an address of the provider, where the site sends the browser
   * @returns the address at which the provider sends it back; it is not requested
   */
  async authenticate(start: string, user = 'demo'): Promise<URL> {
    const { origin } = new URL(start);
    let at = new URL(start);
    let response = await this.request(start);
    for (let steps = 0; steps < 20; steps += 1) {
      const location = response.headers.get('location');
      if (location !== null) {
        at = new URL(location, at);
        if (at.origin !== origin) return at;
        response = await this.request(at.href);
        continue;
      }
      const page = await response.text();
      const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined) {
        throw new Error(`no form at ${at.href}: ${response.status} ${page.slice(0, 300)}`);
      }
      this.logins += 1;
      at = new URL(action, at);
      const body = new URLSearchParams({ login: user, password: user });
      response = await this.request(at.href, { method: 'POST', body });
    }
    throw new Error('the provider never sent the browser back');
  }

  cookie(url: string, name: string): string | undefined {
    return this.jar(url).get(name);
  }

  /** A POST as a page of the site makes it. */
  post(url: string, body: object): Promise<Response> {
    return this.request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: new URL(url).origin,
        'sec-fetch-site': 'same-origin',
      },
      body: JSON.stringify(body),
    });
  }

  private jar(url: string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    return jar;
  }
}

/** Not by `fetch` of Node.js, which says of each of its requests that it is no navigation (`Sec-Fetch-Mode: cors`). */
async function navigate(request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  const headers = Object.fromEntries(request.headers);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const isTls = request.url.startsWith('https:');
    // A certificate of this machine's own, which the user has accepted.
    const options = { method: request.method, headers, agent: false, rejectUnauthorized: false } as const;
    (isTls ? tlsRequest : nodeRequest)(request.url, options, resolve).on('error', reject).end(body);
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const received = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const line of [value ?? []].flat()) received.append(name, line);
  }
  const text = chunks.length > 0 ? Buffer.concat(chunks) : null;
  return new Response(text, { status: incoming.statusCode ?? 0, headers: received });
}

/** Signs in to the site. @returns the reply of the callback, which set the session's cookie */
export async function signIn(
  browser: Browser,
  siteUrl: string,
  user = 'demo',
  returnTo = '/',
): Promise<Response> {
  const start = `${siteUrl}/api/auth/sign-in?returnTo=${encodeURIComponent(returnTo)}`;
  const { status, headers } = await browser.request(start);
  const provider = headers.get('location');
  if (provider === null) throw new Error(`no redirect to the provider: ${status}`);
  const callback = await browser.authenticate(provider, user);
  return browser.request(callback.href);
}
