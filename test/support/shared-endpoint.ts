import type { SharedName } from './process-host.ts';

/** Where this jest worker connects to its browser, or to its engine. */
export async function sharedEndpoint(name: SharedName): Promise<string> {
  const { CURFEW_PROCESS_HOST, JEST_WORKER_ID } = process.env;
  const response = await fetch(`${CURFEW_PROCESS_HOST}/${name}/${JEST_WORKER_ID}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`no ${name}: ${text}`);
  return text;
}
