import middy from '@middy/core';
import type { APIGatewayProxyWebsocketEventV2, EventBridgeEvent } from 'aws-lambda';
import { type GuardEntryOptions, sessionGuard } from 'curfew/guard';

/** Which sockets are open, by the session that opened them. */
export interface Sockets {
  /** False: the session has ended meanwhile. */
  add(sessionId: string, connectionId: string): Promise<boolean>;
  /** From now on the session opens none. Its open ones: */
  end(sessionId: string): Promise<readonly string[]>;
  close(connectionId: string): Promise<void>;
}

/** `$connect`: the only request of a socket that has the session's cookie. */
export const createConnect = (sockets: Pick<Sockets, 'add'>, guard: GuardEntryOptions = {}) =>
  middy()
    .use(sessionGuard<Record<never, never>, APIGatewayProxyWebsocketEventV2>(guard))
    .handler(async ({ requestContext: { connectionId }, curfew: { session } }) => ({
      statusCode: (await sockets.add(session.sessionId, connectionId)) ? 200 : 403,
    }));

/** `Session Ended`: whatever the reason, its sockets are closed. */
export const createEnd =
  (sockets: Pick<Sockets, 'end' | 'close'>) =>
  async ({ detail }: EventBridgeEvent<'Session Ended', { sessionId: string }>): Promise<void> => {
    const open = await sockets.end(detail.sessionId);
    await Promise.all(open.map((connectionId) => sockets.close(connectionId)));
  };
