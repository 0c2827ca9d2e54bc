import { sha256 } from '../../functions/store/hash.ts';
import { createRandom } from '../histories/random.ts';
import { toAnswer } from '../support/http.ts';
import { violation } from '../support/openapi.ts';
import type { Outcome, Prepared, Targets } from './targets.ts';
import type { Secret, World } from './world.ts';

/** What is wrong with one run, if anything is. */
export interface Run {
  readonly target: string;
  readonly sent: unknown;
  readonly problems: readonly string[];
}

/** Share of the runs in which the store fails, and of its calls that do then. */
const FAULTY_RUNS = 0.1;
const FAULT_RATE = 0.3;

/** One request against one front, by a seed that repeats it. */
export async function play(world: World, { targets }: Targets, seed: number): Promise<Run> {
  // Neighbouring seeds begin alike.
  const random = createRandom(Buffer.from(sha256(String(seed))).readInt32LE());
  const target = random.pick(Object.keys(targets));
  await world.reset(seed, random.chance(FAULTY_RUNS) ? FAULT_RATE : 0);
  const lines: string[] = [];
  const restore = capture(lines);
  let sent: unknown;
  const problems: string[] = [];
  try {
    const prepared = await targets[target]!(random);
    sent = prepared.sent;
    const outcome = await prepared.send();
    problems.push(...problemsOf(outcome, world), ...undescribed(prepared, outcome));
  } catch (error) {
    // An authorizer has no other way to say that the store failed.
    const isExpected = (world.hadFault() && isOutage(error)) || isNoEvent(error);
    if (!isExpected) problems.push(`thrown: ${textOf(error)}`);
  } finally {
    restore();
  }
  const log = lines.join('');
  problems.push(...leaksIn(log, world.secrets()).map((name) => `the ${name} in the log`));
  problems.push(...defectsIn(log, world.hadFault()).map((line) => `a defect in the log: ${line}`));
  return { target, sent, problems };
}

/** The bodies of the two replies that are meant to carry a secret: a draft key, and to a probe the mark that it showed. */
const MEANT_TO_CARRY = /{"keyId":"[\w-]{8}","key":"[\w-]{43}"}|{"run":"same","mark":"[\w-]{43}"}/;

function problemsOf({ status = 200, headers, cookies, text }: Outcome, world: World): string[] {
  const problems: string[] = [];
  if (status >= 500) {
    const retryAfter = headers['retry-after'] ?? /^retry-after: (.*)$/im.exec(text)?.[1];
    const isOutage = status === 503 && world.hadFault() && retryAfter !== undefined;
    // The admin function's answer is no reply of HTTP.
    const isAnswer = status === 503 && world.hadFault() && text.includes('ERR_STORE_UNAVAILABLE');
    if (!isOutage && !isAnswer) problems.push(`status ${status}: ${text.slice(0, 500)}`);
  }
  if (/\bat .*\.ts:\d|node_modules/.test(text)) problems.push(`a stack: ${text.slice(0, 500)}`);
  // A sign-in sends the browser to the provider with its state, and gives it cookies.
  const { location = '', ...others } = headers;
  const body = text.replace(/^(?:set-cookie|location): .*$/gim, '').replace(MEANT_TO_CARRY, '');
  for (const name of leaksIn(JSON.stringify(others) + body, world.secrets())) {
    problems.push(`the ${name} in a reply: ${text.slice(0, 500)}`);
  }
  const lasting = world.secrets().filter((secret) => secret.name !== 'something random');
  for (const name of leaksIn(location + cookies.join(), lasting))
    problems.push(`the ${name} in a redirect or cookie`);
  return problems;
}

/** What a reply of the API is that its description does not know. */
function undescribed({ route }: Prepared, { status = 0, headers, cookies, text }: Outcome): string[] {
  if (!route) return [];
  const wrong = violation(route.method, route.path, toAnswer(status, headers, cookies, text));
  return wrong === undefined ? [] : [`not as described: ${wrong}`];
}

/** The names of the secrets that a text tells. */
export function leaksIn(text: string, secrets: readonly Secret[]): string[] {
  return secrets.filter(({ texts }) => texts.some((one) => text.includes(one))).map(({ name }) => name);
}

/** A record that is set aside is named with its error, and was expected to be. */
function defectsIn(log: string, hadFault: boolean): string[] {
  const lines = log.split('\n').filter((line) => !line.includes('"message":"record set aside"'));
  // What is made to fail may throw one of the others.
  const defect = hadFault ? /ERR_INTERNAL/ : /ERR_INTERNAL|(?:Type|Range|Reference)Error/;
  return lines.filter((line) => defect.test(line));
}

/** What Lambda hands over, and nobody but its caller can write, may be of another form: that is said. */
function isNoEvent(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('not a request of ');
}

function isOutage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STORE_UNAVAILABLE';
}

export function textOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}

/** Keeps what the functions write, which Lambda would take for their log. @returns what ends it */
function capture(lines: string[]): () => void {
  const streams = [process.stdout, process.stderr] as const;
  const originals = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = ((chunk: string | Uint8Array) => {
      lines.push(String(chunk));
      return true;
    }) as typeof stream.write;
  }
  return () => {
    for (const [i, stream] of streams.entries()) stream.write = originals[i]!;
  };
}
