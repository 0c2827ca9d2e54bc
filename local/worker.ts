import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { moveDate } from './clock.ts';

/**
 * One execution environment of a function: its bundle, loaded as the Lambda runtime would load it, with the
 * template's environment and the moved time. It answers one invocation at a time.
 */
export interface WorkerData {
  readonly bundle: string;
  readonly functionName: string;
  readonly memorySize: number;
  readonly clock: SharedArrayBuffer;
}

export interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  /** Real epoch ms at which the time is up. */
  readonly deadline: number;
}

export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: string };

const { bundle, functionName, memorySize, clock } = workerData as WorkerData;
const realNow = Date.now;
moveDate(clock);

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
const { handler } = createRequire(import.meta.url)(bundle) as { handler: Handler };

parentPort!.on('message', async ({ event, requestId, deadline }: Invocation) => {
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: String(memorySize),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
  };
  parentPort!.postMessage(await run(event, context));
});

async function run(event: unknown, context: unknown): Promise<Outcome> {
  try {
    const result = await handler(event, context);
    // Over JSON, as the runtime's answer goes: what JSON can't say is lost here too.
    return { ok: true, result: result === undefined ? null : JSON.parse(JSON.stringify(result)) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort!.postMessage('ready');
