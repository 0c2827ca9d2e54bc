import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../thread.ts';
import type { Invocation, Outcome, WorkerData } from './worker.ts';

/** A function as the template has it. */
export interface LocalFunction {
  /** Short name, for the log. */
  readonly name: string;
  /** Absolute path of the bundle, `index.cjs` or `index.mjs`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** MB. */
  readonly memorySize: number;
}

/** Takes a line that a function wrote. */
export type LogLine = (functionName: string, line: string) => void;

/** Environments of one function at most: a browser opens six connections, and tests use a few browsers. */
const MAX_ENVIRONMENTS = 8;
/** How long a cold start may take, ms. Lambda gives it 10 s; this machine may be busy. */
const COLD_START_MS = 60_000;
const CLOSING: Outcome = { ok: false, error: 'the runtime is closing' };

interface Environment {
  readonly worker: Worker;
  /** Its bundle is loaded. */
  isReady: boolean;
  busy: boolean;
}

interface Waiting {
  readonly event: unknown;
  readonly resolve: (outcome: Outcome) => void;
}

/**
 * Execution environments of one function, each a worker thread: one invocation at a time in each, more of them as
 * invocations overlap, reused when they are done. An environment in which an invocation times out is discarded.
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
    if (this.closed) return Promise.resolve(CLOSING);
    return new Promise((resolve) => {
      this.waiting.push({ event, resolve });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { resolve } of this.waiting.splice(0)) resolve(CLOSING);
    await Promise.all([...this.environments].map(({ worker }) => worker.terminate()));
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    const environment = this.free();
    const waiting = environment && this.waiting.shift();
    if (!waiting) return;
    environment.busy = true;
    void this.run(environment, waiting.event).then((outcome) => {
      environment.busy = false;
      waiting.resolve(outcome);
      this.next();
    });
  }

  private free(): Environment | undefined {
    const idle = [...this.environments].find(({ busy }) => !busy);
    return idle ?? (this.environments.size < MAX_ENVIRONMENTS ? this.start() : undefined);
  }

  private run(environment: Environment, event: unknown): Promise<Outcome> {
    const { worker } = environment;
    const { timeoutMs, name } = this.definition;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (outcome: Outcome): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        resolve(outcome);
      };
      const onMessage = (message: Outcome | string): void => {
        // The other message says that the environment is ready.
        if (typeof message === 'string') begin();
        else finish(message);
      };
      const onError = (error: Error): void => finish({ ok: false, error: error.stack ?? error.message });
      const onExit = (): void => finish({ ok: false, error: 'the worker ended' });
      const giveUpAfter = (ms: number): NodeJS.Timeout =>
        setTimeout(() => {
          this.environments.delete(environment);
          void worker.terminate();
          finish({ ok: false, error: `${name} timed out after ${ms} ms` });
        }, ms);
      const begin = (): void => {
        clearTimeout(timer);
        timer = giveUpAfter(timeoutMs);
        const deadline = Date.now() + timeoutMs;
        worker.postMessage({ event, requestId: randomUUID(), deadline } satisfies Invocation);
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      if (environment.isReady) begin();
      else timer = giveUpAfter(COLD_START_MS);
    });
  }

  private start(): Environment {
    const { name, bundle, environment: env, memorySize } = this.definition;
    const worker = startThread(new URL('./worker.ts', import.meta.url), {
      workerData: { bundle, functionName: name, memorySize, clock: this.clock } satisfies WorkerData,
      env: {
        ...env,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
      },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memorySize },
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log(name, line));
    }
    const environment: Environment = { worker, isReady: false, busy: false };
    worker.once('message', () => {
      environment.isReady = true;
    });
    this.environments.add(environment);
    worker.on('exit', () => this.environments.delete(environment));
    // Without a listener, an error thrown outside an invocation would end this process.
    worker.on('error', (error) => this.log(name, error.stack ?? error.message));
    return environment;
  }
}
