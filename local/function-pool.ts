import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Outcome, WorkerData } from './worker.ts';

/** A function as the template has it. */
export interface LocalFunction {
  /** Short name, for the log. */
  readonly name: string;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memorySize: number;
}

export type LogLine = (functionName: string, line: string) => void;

/** Environments of one function at most: a browser opens six connections, and tests a few browsers. */
const MAX_ENVIRONMENTS = 8;

interface Environment {
  readonly worker: Worker;
  busy: boolean;
}

interface Waiting {
  readonly event: unknown;
  readonly resolve: (outcome: Outcome) => void;
}

/**
 * Execution environments of one function, each a worker thread: one invocation at a time in each, more of them as
 * invocations overlap, reused when they are done. One that runs out of time is thrown away.
 */
export class FunctionPool {
  readonly definition: LocalFunction;
  private readonly clock: SharedArrayBuffer;
  private readonly log: LogLine;
  private readonly environments = new Set<Environment>();
  private readonly waiting: Waiting[] = [];
  private closed = false;

  constructor(definition: LocalFunction, clock: SharedArrayBuffer, log: LogLine) {
    this.definition = definition;
    this.clock = clock;
    this.log = log;
  }

  /** Starts a first environment, so that a bundle that can't be loaded is seen at once. */
  async warm(): Promise<void> {
    const environment = this.start();
    environment.busy = true;
    await new Promise<void>((resolve, reject) => {
      environment.worker.once('message', () => resolve());
      environment.worker.once('error', reject);
    });
    environment.busy = false;
    this.next();
  }

  invoke(event: unknown): Promise<Outcome> {
    if (this.closed) return Promise.resolve({ ok: false, error: 'the runtime is closing' });
    return new Promise((resolve) => {
      this.waiting.push({ event, resolve });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { resolve } of this.waiting.splice(0)) resolve({ ok: false, error: 'the runtime is closing' });
    await Promise.all([...this.environments].map(({ worker }) => worker.terminate()));
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    let free = [...this.environments].find(({ busy }) => !busy);
    if (!free && this.environments.size < MAX_ENVIRONMENTS) free = this.start();
    if (!free) return;
    const { event, resolve } = this.waiting.shift()!;
    free.busy = true;
    void this.run(free, event).then((outcome) => {
      free.busy = false;
      resolve(outcome);
      this.next();
    });
  }

  private run(environment: Environment, event: unknown): Promise<Outcome> {
    const { worker } = environment;
    const { timeoutMs, name } = this.definition;
    return new Promise((resolve) => {
      const finish = (outcome: Outcome): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        resolve(outcome);
      };
      const onMessage = (message: Outcome | 'ready'): void => {
        if (message !== 'ready') finish(message);
      };
      const onError = (error: Error): void => finish({ ok: false, error: error.stack ?? error.message });
      const onExit = (): void => finish({ ok: false, error: 'the worker ended' });
      const timer = setTimeout(() => {
        this.environments.delete(environment);
        void worker.terminate();
        finish({ ok: false, error: `${name} timed out after ${timeoutMs} ms` });
      }, timeoutMs);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage({ event, requestId: randomUUID(), deadline: Date.now() + timeoutMs });
    });
  }

  private start(): Environment {
    const { name, bundle, environment: env, memorySize } = this.definition;
    const data: WorkerData = { bundle, functionName: name, memorySize, clock: this.clock };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: data,
      env: { ...env },
      stdout: true,
      stderr: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: memorySize },
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log(name, line));
    }
    const environment: Environment = { worker, busy: false };
    this.environments.add(environment);
    worker.on('exit', () => this.environments.delete(environment));
    // Without a listener, an error thrown outside an invocation would end this process.
    worker.on('error', (error) => this.log(name, error.stack ?? error.message));
    return environment;
  }
}
