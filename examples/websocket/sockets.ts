import middy from '@middy/core';
import type { APIGatewayProxyWebsocketEventV2, EventBridgeEvent } from 'aws-lambda';
import { type GuardEntryOptions, sessionGuard } from 'curfew/guard';

/** A `$connect` takes 29 s at most. */
const OPENING_MS = 30_000;

/** A socket, from its handshake on. */
export interface Connection {
  readonly connectionId: string;
  /** When its handshake was answered, ms since 1970. */
  readonly addedAt: number;
}

/** Which sockets are open, by the session that opened them. */
export interface Sockets {
  /** False: the session has ended meanwhile. */
  add(sessionId: string, connectionId: string): Promise<boolean>;
  /** From now on the session opens none. Its open ones: */
  end(sessionId: string): Promise<readonly Connection[]>;
  /** False: there is none, no longer or not yet. */
  close(connectionId: string): Promise<boolean>;
}

/** `$connect`: the only request of a socket that has the session's cookie. */
export const createConnect = (sockets: Pick<Sockets, 'add'>, guard: GuardEntryOptions = {}) =>
  middy()
    .use(sessionGuard<Record<never, never>, APIGatewayProxyWebsocketEventV2>(guard))
    .handler(async ({ requestContext: { connectionId }, curfew: { session } }) => ({
      statusCode: (await sockets.add(session.sessionId, connectionId)) ? 200 : 403,
    }));

/**
 * `Session Ended`: whatever the reason, its sockets are closed. One whose `$connect` has not returned can't be closed yet: the function fails, and
 * Lambda repeats the event a minute later.
 */
export const createEnd =
  (sockets: Pick<Sockets, 'end' | 'close'>, now: () => number = Date.now) =>
  async ({ detail }: EventBridgeEvent<'Session Ended', { sessionId: string }>): Promise<void> => {
    const open = await sockets.end(detail.sessionId);
    const done = await Promise.all(
      open.map(
        async ({ connectionId, addedAt }) =>
          (await sockets.close(connectionId)) || now() - addedAt >= OPENING_MS,
      ),
    );
    if (done.includes(false)) throw new Error('a socket that is being opened is closed at the next attempt');
  };
