import { NEVER } from '../../core/countdown.ts';
import { expiresAt } from '../../core/lifecycle.ts';
import type { SessionStatus, SignOutResponse } from '../../core/protocol.ts';
import { confirm, takeRejection } from './knowledge.ts';
import { dispatch } from './snapshot.ts';
import type { Client } from './state.ts';
import { isStatus, LATE_MS, retryAfterMs, send } from './transport.ts';
import type { Snapshot } from './types.ts';

/** What is asked of the server, how often after failures, and what an answer leads to. */

/** Between two tries after failures: 1 s, 2 s, 4 s … this, unless the server asks for more. */
const LONGEST_RETRY_MS = 30_000;

/** Sends a request and takes in its answer. Undefined: rejected, failed, or too late to matter. */
export async function request<T extends SessionStatus | SignOutResponse>(
  client: Client,
  path: string,
  isAnswer: (body: T) => unknown,
  payload?: object,
): Promise<T | undefined> {
  const sentAt = client.time();
  const { shared, stopper, clock } = client;
  let busy = 1;
  client.busy++;
  const timer = clock.setTimeout(() => {
    client.busy -= busy;
    client.checking = undefined;
    busy = 0;
    client.late = true;
    fail(client, new TypeError());
    client.update();
  }, LATE_MS);
  const { error, problem, body } = await send(
    client.doFetch,
    client.baseUrl + path,
    stopper.signal,
    isAnswer,
    payload,
  );
  clock.clearTimeout(timer);
  client.busy -= busy;
  // Before the answer is taken in: what another tab says meanwhile may be news to it.
  client.checking = undefined;
  if (stopper.signal.aborted || shared !== client.shared) return undefined;
  client.late = false;
  if (error) {
    fail(client, error);
    return undefined;
  }
  client.failures = 0;
  client.connection = 'online';
  client.unconfirmed = client.jumped = false;
  if (problem?.status === 409) void refresh(client);
  else if (problem) takeRejection(client, problem);
  // Of all answers, only a status has a session id.
  else if ((body as SessionStatus | undefined)?.sessionId) confirm(client, body as SessionStatus, sentAt);
  // Half a second before the next request that nobody has asked for.
  client.retryAt = client.time() + 500;
  return body;
}

function fail(client: Client, error: unknown): void {
  const now = client.time();
  const toEnd = client.session ? Math.abs(expiresAt(client.session) - now) : NEVER;
  // Closer around the end: however short a warning is, some tries come within it.
  const backOff = Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** client.failures++, 1_000 + toEnd / 4);
  // Whatever it is, and whoever made it: API Gateway and CloudFront answer 429 and 5xx with bodies of their own.
  const answered = error instanceof Response;
  client.connection = answered ? 'unavailable' : 'offline';
  client.retryAt = now + Math.max(backOff, answered ? retryAfterMs(error, now) : 0) * client.jitter;
  dispatch(client, 'error', error);
}

/** Asks how things stand. Whoever wants to know while a check is under way waits for its answer. */
export async function refresh(client: Client): Promise<Snapshot> {
  const { heardAt } = client;
  // The server's time has moved on since it was last heard, unless this is what a service worker has kept of it. Clocks of servers differ.
  const mayBeBefore = client.time() - heardAt < LATE_MS;
  const isNew = (body: SessionStatus) => isStatus(body) && (mayBeBefore || body.serverTime > heardAt);
  client.checking ??= request(client, '/session', isNew).then(client.update);
  await client.checking;
  return client.snapshot;
}
