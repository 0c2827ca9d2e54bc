import { once } from 'node:events';
import { isSessionError } from '../core/errors.ts';
import { announcement, DEV_USAGE, DevUsageError, readDevArguments, startDev } from './command.ts';
import { OWN_IO, refuseProduction } from './development.ts';
import { PortInUseError } from './machine/loopback.ts';

/** `curfew dev`, until it is told to stop. */
async function main(): Promise<void> {
  const command = readDevArguments(process.argv.slice(3), process.env);
  if (command === 'help') {
    console.log(DEV_USAGE);
    return;
  }
  refuseProduction(OWN_IO.environment());
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  const running = await startDev(command, OWN_IO);
  console.log(announcement(running, command));
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await running.close();
}

/** Says what went wrong, in a sentence where that is known; a defect shows its stack. */
function fail(error: unknown): void {
  process.exitCode = error instanceof DevUsageError ? 2 : 1;
  if (error instanceof DevUsageError) console.error(`${error.message}\n\n${DEV_USAGE}`);
  else if (error instanceof PortInUseError) console.error(`${error.message}: choose another by --port`);
  else if (isSessionError(error)) console.error(error.message);
  else console.error(error instanceof Error ? error.message : error);
}

await main().catch(fail);
