import { createServer, request as httpRequest, type Server } from 'node:http';

/**
 * What stands between users and the API on AWS, the distribution: passes requests on to the deployed API under the
 * API's own host name, since names under `localhost` resolve in browsers only.
 */
export async function startFront(
  endpoint: string,
  apiId: string,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { port } = new URL(endpoint);
  const server: Server = createServer((request, response) => {
    const headers = { ...request.headers, host: `${apiId}.execute-api.localhost:${port}` };
    const onward = httpRequest(
      { host: '127.0.0.1', port, method: request.method, path: request.url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
