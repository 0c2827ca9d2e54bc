import { BINDING_USER, COOKIES, HEADERS } from '../../core/contract.ts';
import { activityAt } from '../../core/lifecycle.ts';
import { admitOrReply } from '../../functions/guard/reply.ts';
import type { Answer, Sent } from '../support/http.ts';
import { checked, SAME_ORIGIN, SITE_URL, toAnswer } from '../support/http.ts';
import type { Observation, RequestKind } from './observations.ts';
import type { Random } from './random.ts';
import type { Server, World } from './world.ts';

const BROWSER = { ...SAME_ORIGIN, origin: SITE_URL, 'user-agent': 'a browser' } as const;

interface Details
  extends Partial<Pick<Observation, 'activityAt' | 'at' | 'target' | 'previous' | 'otherRun' | 'begunBy'>> {
  readonly kind: RequestKind;
}

/** A browser of a user: its cookies, its clock, the mark of its run, and what its pages send. */
export class Browser {
  readonly subject: string;
  /** The session cookies that it ever had, the newest last: a slow page may still send an older one. */
  readonly cookies: string[] = [];
  private readonly world: World;
  private readonly random: Random;
  private readonly offsetMs: number;
  private signInCookie: string | undefined;
  /** Names the session that began last. */
  private lastCookie: string | undefined;
  private readonly begunSignIns: { readonly state: string; readonly begunBy: number }[] = [];
  private run: string;
  /** The runs in which a session was bound, or tried to be. */
  private readonly runs = new Map<string, string>();
  private lastAt = 0;
  /** Messages of pages that are still on their way. */
  private readonly delayed: { readonly since: number; readonly send: () => Promise<unknown> }[] = [];

  constructor(world: World, random: Random, subject: string) {
    this.world = world;
    this.random = random;
    this.subject = subject;
    this.offsetMs = random.int(-300_000, 300_000);
    this.run = this.newRun();
  }

  get isSignedIn(): boolean {
    return this.cookies.length > 0;
  }

  async beginSignIn(server: Server): Promise<void> {
    const cookies = [...(this.signInCookie ? [this.signInCookie] : []), ...this.cookies.slice(-1)];
    const answer = await this.send(server, { path: '/api/auth/sign-in', query: 'returnTo=/', cookies });
    const { location } = answer.headers;
    const state = answer.status === 302 && new URL(location!, SITE_URL).searchParams.get('state');
    if (!state) return;
    this.signInCookie = cookieIn(answer, '__Host-signin') ?? this.signInCookie;
    this.begunSignIns.push({ state, begunBy: this.world.nextInOrder() });
  }

  /** Comes back from the provider, with one of the sign-ins that are under way. */
  async finishSignIn(server: Server): Promise<void> {
    const begun = this.begunSignIns.shift();
    if (begun === undefined || !this.signInCookie) return this.beginSignIn(server);
    const { state, begunBy } = begun;
    const query = `code=${this.subject}&state=${state}`;
    const previous = this.cookies.at(-1) && idInCookie(this.cookies.at(-1)!);
    await this.observe({ kind: 'sign-in', previous, begunBy }, server, undefined, async () => {
      const answer = await this.send(server, {
        path: '/api/auth/callback',
        query,
        headers: { 'sec-fetch-site': 'cross-site' },
        // The callback comes from another site, to which the session cookie does not go along.
        cookies: [this.signInCookie!, ...(this.lastCookie ? [this.lastCookie] : [])],
      });
      const cookie = cookieIn(answer, '__Host-session');
      if (cookie) this.cookies.push(cookie);
      return answer;
    });
  }

  status(server: Server): Promise<unknown> {
    return this.ask({ kind: 'status' }, server, { path: '/api/session' });
  }

  list(server: Server): Promise<unknown> {
    return this.ask({ kind: 'list' }, server, { path: '/api/sessions' });
  }

  touch(server: Server, idleForMs: number, saysWhen: boolean): Promise<unknown> {
    const at = saysWhen ? this.deviceTime() : undefined;
    const activity = activityAt(this.world.now() + server.skewMs, idleForMs);
    return this.post({ kind: 'touch', activityAt: activity, at }, server, '/api/session/touch', {
      idleForMs,
      ...(at !== undefined && { at }),
    });
  }

  /** A request of the application that the guard admits; with an age, on behalf of the user. */
  guarded(server: Server, idleForMs: number | undefined): Promise<unknown> {
    const cookie = this.pickCookie();
    const activity =
      idleForMs === undefined ? undefined : activityAt(this.world.now() + server.skewMs, idleForMs);
    const kind = idleForMs === undefined ? 'background' : 'guard';
    return this.observe({ kind, activityAt: activity }, server, cookie, async () => {
      const headers = {
        ...BROWSER,
        authorization: this.run,
        cookie,
        ...(idleForMs !== undefined && { [HEADERS.idleFor]: String(idleForMs) }),
      };
      const { session, reply } = await admitOrReply(
        { method: 'GET', path: '/orders', headers },
        server.guard,
      );
      if (session) return toAnswer(200, { 'content-type': 'application/json' }, [], JSON.stringify(session));
      return toAnswer(reply.status, reply.headers, reply.cookies, reply.body ?? '');
    });
  }

  /** A page shows itself. Its message may be slow: then it is sent by {@link sendDelayed}. */
  async open(server: Server, isSlow: boolean): Promise<void> {
    const at = this.deviceTime();
    const send = () => this.page('open', server, at);
    if (isSlow) this.delay(send);
    else await send();
  }

  /** The last page goes. Its message may be sent, or arrive, twice. */
  async close(server: Server, isSlow: boolean, again: Server | undefined): Promise<void> {
    const at = this.deviceTime();
    if (isSlow) this.delay(() => this.page('close', server, at));
    else await this.page('close', server, at);
    if (again) this.delay(() => this.page('close', again, at));
  }

  /** Those that are older than five minutes are lost. */
  async sendDelayed(): Promise<void> {
    const arriving = this.delayed.splice(0).filter(({ since }) => this.world.now() - since < 300_000);
    await Promise.all(arriving.map(({ send }) => send()));
  }

  runSet(server: Server): Promise<unknown> {
    const cookie = this.cookies.at(-1)!;
    if (!this.runs.has(cookie)) this.runs.set(cookie, this.run);
    const headers = { 'sec-fetch-dest': 'empty' };
    return this.observe({ kind: 'run-set' }, server, cookie, () =>
      this.send(server, { path: '/api/mark', headers, cookies: [cookie] }),
    );
  }

  /** A page is loaded. */
  runCheck(server: Server): Promise<unknown> {
    const cookie = this.cookies.at(-1)!;
    const otherRun = this.runs.get(cookie) !== this.run;
    return this.observe({ kind: 'run-check', otherRun }, server, cookie, () =>
      this.send(server, { path: '/api/run/check', query: 'load=navigate', cookies: [cookie] }),
    );
  }

  /** Closed and started again, with all tabs and cookies restored. */
  restart(): void {
    this.run = this.newRun();
  }

  signOut(server: Server): Promise<unknown> {
    return this.post({ kind: 'sign-out' }, server, '/api/session/sign-out', {});
  }

  revoke(server: Server, target: string): Promise<unknown> {
    return this.post({ kind: 'revoke', target }, server, '/api/sessions/revoke', { target });
  }

  /** Somebody who knows the id, and not the secret. */
  stranger(server: Server): Promise<unknown> {
    const cookie = `${this.pickCookie().split('.')[0]}.${'x'.repeat(43)}`;
    return this.observe({ kind: 'stranger' }, server, cookie, () =>
      this.send(server, { path: '/api/session', cookies: [cookie] }),
    );
  }

  private delay(send: () => Promise<unknown>): void {
    this.delayed.push({ since: this.world.now(), send });
  }

  private page(kind: 'open' | 'close', server: Server, at: number): Promise<unknown> {
    return this.post({ kind, at }, server, `/api/session/${kind}`, { at });
  }

  private post(details: Details, server: Server, path: string, body: object): Promise<unknown> {
    const cookie = this.pickCookie();
    return this.observe(details, server, cookie, () =>
      this.send(server, {
        method: 'POST',
        path,
        cookies: [cookie],
        body: { sessionId: idInCookie(cookie), ...body },
      }),
    );
  }

  private ask(details: Details, server: Server, sent: Sent): Promise<unknown> {
    const cookie = this.pickCookie();
    return this.observe(details, server, cookie, () => this.send(server, { ...sent, cookies: [cookie] }));
  }

  private async send(server: Server, sent: Sent): Promise<Answer> {
    const request = { ...sent, headers: { ...BROWSER, authorization: this.run, ...sent.headers } };
    const answer = checked(request, await server.front.send(request));
    const names = answer.cookies.some((line) => line.startsWith(`${COOKIES.lastSession}=`));
    if (names) this.lastCookie = cookieIn(answer, COOKIES.lastSession);
    return answer;
  }

  private async observe(
    details: Details,
    server: Server,
    cookie: string | undefined,
    send: () => Promise<Answer>,
  ): Promise<void> {
    const began = this.world.nextInOrder();
    const trueNow = this.world.now();
    const { run } = this;
    const answer = await send();
    const { status, headers, json } = answer;
    const carried = cookie ?? cookieIn(answer, '__Host-session');
    this.world.observations.push({
      ...details,
      run,
      sessionId: carried && idInCookie(carried),
      subject: this.subject,
      began,
      ended: this.world.nextInOrder(),
      trueNow,
      serverNow: trueNow + server.skewMs,
      status,
      code: json?.code,
      reason: json?.reason,
      endedAt: json?.endedAt,
      retryAfter: headers['retry-after'],
      json,
    });
  }

  /** Mostly the newest. */
  private pickCookie(): string {
    return this.random.chance(0.9) ? this.cookies.at(-1)! : this.random.pick(this.cookies);
  }

  private newRun(): string {
    const password = Buffer.from(this.random.bytes(32)).toString('base64url');
    return `Basic ${Buffer.from(`${BINDING_USER}:${password}`).toString('base64')}`;
  }

  /** The device's clock: off, but it goes on. */
  private deviceTime(): number {
    this.lastAt = Math.max(this.lastAt + 1, this.world.now() + this.offsetMs);
    return this.lastAt;
  }
}

/** The id in a session cookie. */
export function idInCookie(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1).split('.')[0]!;
}

/** The pair of a cookie that an answer sets, unless it deletes it. */
function cookieIn({ cookies }: Answer, name: string): string | undefined {
  const pair = cookies.map((line) => line.split(';')[0]!).find((one) => one.startsWith(`${name}=`));
  return pair === `${name}=` ? undefined : pair;
}
