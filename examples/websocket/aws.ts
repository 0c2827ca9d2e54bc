import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Sockets } from './sockets.ts';

/** API Gateway closes a socket after two hours by itself. */
const TWO_HOURS = 7_200;
/** In the place of a connection: the session has ended. */
const ENDED = 'ended';

/** The sockets in a table, with key `sessionId` and `connectionId`. */
export function createSockets(TableName: string, endpoint: string): Sockets {
  const table = new DynamoDBClient();
  const api = new ApiGatewayManagementApiClient({ endpoint });
  const item = (sessionId: string, connectionId: string, now = Date.now()) => ({
    sessionId: { S: sessionId },
    connectionId: { S: connectionId },
    addedAt: { N: String(now) },
    ttl: { N: String(Math.ceil(now / 1_000) + TWO_HOURS) },
  });
  return {
    async add(sessionId, connectionId) {
      // First written, then looked, and at the end the other way round: of two at the same moment, one finds the other.
      await table.send(new PutItemCommand({ TableName, Item: item(sessionId, connectionId) }));
      const Key = { sessionId: { S: sessionId }, connectionId: { S: ENDED } };
      const { Item } = await table.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item === undefined;
    },

    async end(sessionId) {
      await table.send(new PutItemCommand({ TableName, Item: item(sessionId, ENDED) }));
      const { Items = [] } = await table.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'sessionId = :id',
          ExpressionAttributeValues: { ':id': { S: sessionId } },
        }),
      );
      return Items.map(({ connectionId, addedAt }) => ({
        connectionId: connectionId?.S ?? ENDED,
        addedAt: Number(addedAt?.N),
      })).filter(({ connectionId }) => connectionId !== ENDED);
    },

    async close(ConnectionId) {
      try {
        await api.send(new DeleteConnectionCommand({ ConnectionId }));
        return true;
      } catch (error) {
        if (error instanceof GoneException) return false;
        throw error;
      }
    },
  };
}
