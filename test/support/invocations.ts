import { spawn } from 'node:child_process';

const CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/** An invocation that runs in a process of its own. */
export interface Invocation {
  kill(): void;
  /** How it ended. The handler's answer is the last line of the output, as JSON. */
  readonly done: Promise<{ signal: string | null; code: number | null; output: string }>;
}

/** Runs an invocation in a process of its own. @param module `functions/sweep/index.ts` */
export function invoke(module: string, event: unknown, variables: Record<string, string>): Invocation {
  const child = spawn(process.execPath, ['test/support/handler-process.ts', module], {
    env: { ...process.env, ...CREDENTIALS, NODE_OPTIONS: '', ...variables },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(event));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const done: Invocation['done'] = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, output })),
  );
  return { kill: () => void child.kill('SIGKILL'), done };
}

/** What the handler returned. */
export function answerIn(output: string): unknown {
  return JSON.parse(output.split('\n').at(-1) ?? '');
}
