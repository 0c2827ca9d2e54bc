import { type MessagePort, parentPort, Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts a TypeScript file in a thread of its own. */
export function startThread(file: URL, options: WorkerOptions): Worker {
  return new Worker(file, { ...options, execArgv: ['--disable-warning=ExperimentalWarning'] });
}

/** @returns the way from a thread to the one that started it. @throws Error in the main thread */
export function parent(): MessagePort {
  if (!parentPort) throw new Error('this module is started as a thread, not imported');
  return parentPort;
}
