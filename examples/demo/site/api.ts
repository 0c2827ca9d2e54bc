/** A POST with a JSON body; undefined when the server could not be reached. */
export async function post(fetcher: typeof fetch, path: string, body: object): Promise<Response | undefined> {
  return fetcher(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
}

/** What a GET answers; undefined when there is no answer, or it is a refusal. The caller names the type. */
export async function get<T>(fetcher: typeof fetch, path: string): Promise<T | undefined> {
  const response = await fetcher(path).catch(() => undefined);
  return response?.ok ? response.json() : undefined;
}
