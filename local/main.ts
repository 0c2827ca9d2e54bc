import { once } from 'node:events';
import path from 'node:path';
import { formatDuration } from '../core/duration.ts';
import { PortInUseError } from '../dev/machine/loopback.ts';
import { EngineError } from './engine/error.ts';
import { parseFlags, type Settings, USAGE, UsageError } from './flags.ts';
import { ProviderError } from './provider/own-provider.ts';
import { type LocalRuntime, startLocal } from './runtime.ts';
import { StepError } from './synthesis.ts';

/** Survives a build, and `npm ci`. */
const CERTIFICATE_FILE = path.join(import.meta.dirname, '..', '.build', 'localhost.json');

/** `npm start`: the application on this machine, until it is told to stop. */
async function main(): Promise<void> {
  const settings = readSettings();
  const signal = stopSignal();
  for (const notice of settings.notices) console.log(`note: ${notice}`);
  try {
    const runtime = await startLocal({
      ...settings,
      ...(settings.https && { certificateFile: CERTIFICATE_FILE }),
      write: (line) => console.log(line),
      colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
      signal,
    });
    if (!signal.aborted) {
      announce(runtime, settings);
      await once(signal, 'abort');
    }
    await runtime.close();
  } catch (error) {
    if (!signal.aborted) fail(error, settings);
  }
  process.exit(0);
}

/** How soon the end of a parent is noticed, ms. */
const PARENT_CHECK_MS = 1_000;

/** Aborts when this process is told to end; told again, it does not wait for what is being closed. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  // npm starts a shell, which takes npm's SIGTERM and passes none on: what tells this process is that it gets another parent.
  const parent = process.ppid;
  const check = setInterval(() => process.ppid === parent || stopping.abort(), PARENT_CHECK_MS);
  check.unref();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  return stopping.signal;
}

function readSettings(): Settings {
  try {
    const settings = parseFlags(process.argv.slice(2), process.env);
    if (settings !== 'help') return settings;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const HTTPS_NOTE = `
  The browser asks once whether to accept the certificate, which this machine has made for itself.`;

function announce({ siteUrl, issuer }: LocalRuntime, { policy, https, identity }: Settings): void {
  const signIn = identity
    ? `Sign in at ${issuer}, where the client '${identity.clientId}' needs
    as redirect URI                ${siteUrl}/api/auth/callback
    as address after the sign-out  ${siteUrl}/`
    : `Sign in as demo / demo (identity provider: ${issuer})`;
  console.log(`
  Curfew is running at ${siteUrl}
  ${signIn}${https ? HTTPS_NOTE : ''}
  Idle ${formatDuration(policy.idleTimeoutMs)}, warning ${formatDuration(policy.warnBeforeMs)} before, at most ${formatDuration(policy.absoluteTimeoutMs)}. Stop with Ctrl+C.
`);
}

/** Says what went wrong, in a sentence where that is known; a defect shows its stack. */
function fail(error: unknown, { port }: Settings): never {
  if (error instanceof PortInUseError) {
    console.error(
      `${error.message}. Stop what runs there, or choose another: npm start -- --port ${port + 1}`,
    );
  } else if (error instanceof EngineError || error instanceof StepError || error instanceof ProviderError) {
    console.error(error.message);
  } else {
    console.error(error);
  }
  process.exit(1);
}

await main();
