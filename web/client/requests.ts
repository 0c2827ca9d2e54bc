import { NEVER } from '../../core/countdown.ts';
import { expiresAt } from '../../core/lifecycle.ts';
import type { Problem, SessionStatus, SignOutResponse } from '../../core/protocol.ts';
import { confirm, takeRejection } from './knowledge.ts';
import { dispatch } from './snapshot.ts';
import type { Client } from './state.ts';
import { isStatus, LATE_MS, LONGEST_ANSWER_MS, retryAfterMs, sessionProblem } from './transport.ts';
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
  const { shared, stopper } = client;
  const settle = countAsBusy(client);
  let body: T | undefined;
  let problem: Problem | undefined;
  let error: unknown;
  try {
    const response = await client.doFetch(client.baseUrl + path, {
      signal: AbortSignal.any([stopper.signal, AbortSignal.timeout(LONGEST_ANSWER_MS)]),
      ...(payload && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      }),
    });
    problem = await sessionProblem(response);
    if (response.ok) body = await response.json();
    // An unconfirmed run is not the end of the session, nor an answer.
    if (problem ? problem.status === 403 : !body || !isAnswer(body)) error = response;
  } catch (thrown) {
    error = thrown;
  }
  // Before the answer is taken in: what another tab says meanwhile may be news to it.
  settle();
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

/** A request is under way until it is answered or late. @returns ends that */
function countAsBusy(client: Client): () => void {
  let busy = 1;
  client.busy++;
  const settle = () => {
    client.clock.clearTimeout(timer);
    client.busy -= busy;
    busy = 0;
    client.checking = undefined;
  };
  const timer = client.clock.setTimeout(() => {
    settle();
    client.late = true;
    fail(client, new TypeError());
    client.update();
  }, LATE_MS);
  return settle;
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
