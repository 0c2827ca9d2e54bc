import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { arn } from '../aws.ts';
import { moveDate } from '../clock.ts';
import { parent } from '../thread.ts';

/**
 * One execution environment of a function: its bundle, loaded as the Lambda runtime would load it, with the
 * template's environment and the moved time. It answers one invocation at a time.
 */
export interface WorkerData {
  /** Absolute path of the bundle, `index.cjs` or `index.mjs`. */
  readonly bundle: string;
  readonly functionName: string;
  /** MB. */
  readonly memorySize: number;
  /** Memory of the clock. */
  readonly clock: SharedArrayBuffer;
}

/** What the environment is sent. */
export interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  /** Real epoch ms at which the time is up. */
  readonly deadline: number;
}

/** What it answers, once it has said that it is ready. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: string };

type Handler = (event: unknown, context: object) => unknown;

// FunctionPool passes exactly this.
const { bundle, functionName, memorySize, clock } = workerData as WorkerData;
const realNow = Date.now;
moveDate(clock);
const handler = await load(bundle);
const port = parent();

port.on('message', async ({ event, requestId, deadline }: Invocation) => {
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn('lambda', `function:${functionName}`),
    memoryLimitInMB: String(memorySize),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
  };
  port.postMessage(await run(event, context));
});
port.postMessage('ready');

async function load(file: string): Promise<Handler> {
  const module = file.endsWith('.mjs')
    ? await import(pathToFileURL(file).href)
    : createRequire(import.meta.url)(file);
  if (typeof module.handler !== 'function') throw new Error(`${file} exports no function named handler`);
  return module.handler;
}

async function run(event: unknown, context: object): Promise<Outcome> {
  try {
    const result = await handler(event, context);
    // Over JSON, as the runtime's answer goes: what JSON can't say is lost here too.
    return { ok: true, result: result === undefined ? null : JSON.parse(JSON.stringify(result)) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
