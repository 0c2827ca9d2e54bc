import { startThread } from '../thread.ts';
import type { ProviderData, ProviderReady } from './worker.ts';

/** The identity provider, running. */
export interface LocalProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/** Starts the provider on a free port, on another site than the application: `http://127.0.0.1:<port>`. */
export async function startProvider(data: ProviderData): Promise<LocalProvider> {
  const worker = startThread(new URL('./worker.ts', import.meta.url), { workerData: data });
  const { issuer } = await new Promise<ProviderReady>((resolve, reject) => {
    worker.once('error', reject).once('message', resolve);
  });
  return { issuer, close: async () => void (await worker.terminate()) };
}
