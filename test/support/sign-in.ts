/** A browser's cookies of two sites, over fetch: just enough to sign in. */
export class Browser {
  private readonly jars = new Map<string, Map<string, string>>();

  /** One request, with the cookies of its site; redirects are the caller's to follow. */
  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.jar(url);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';') as [string];
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      if (value === '') jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), value);
    }
    return response;
  }

  /** Follows redirects, from site to site. */
  async follow(url: string, init: RequestInit = {}): Promise<{ url: string; response: Response }> {
    let response = await this.request(url, init);
    let at = url;
    for (let hops = 0; hops < 10 && response.headers.has('location'); hops += 1) {
      at = new URL(response.headers.get('location')!, at).href;
      response = await this.request(at);
    }
    return { url: at, response };
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

/** Signs in through the provider's form. @returns the reply of the callback, which set the session's cookie */
export async function signIn(
  browser: Browser,
  siteUrl: string,
  user = 'demo',
  returnTo = '/',
): Promise<Response> {
  const form = await browser.follow(`${siteUrl}/api/auth/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
  const html = await form.response.text();
  const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined)
    throw new Error(`no login form at ${form.url} (${form.response.status}): ${html.slice(0, 300)}`);
  const { response } = await browser.follow(new URL(action, form.url).href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login: user, password: user }),
  });
  return response;
}
