import { Worker } from 'node:worker_threads';
import type { ProviderData } from './worker.ts';

/** The identity provider, running. */
export interface LocalProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/** Starts the provider in a thread of its own. */
export async function startProvider(data: ProviderData): Promise<LocalProvider> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: data,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const issuer = await new Promise<string>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: { issuer?: string; error?: string }) =>
      message.issuer === undefined
        ? reject(new Error(`the identity provider can't start: ${message.error}`))
        : resolve(message.issuer),
    );
  });
  return { issuer, close: async () => void (await worker.terminate()) };
}
