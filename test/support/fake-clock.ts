/**
 * Replaces the time of a page, before any of its scripts runs: `Date`, `performance.now` and the timers stand
 * still until they are moved. One script for every browser, so that all of them live through the same time.
 * Runs in the page: refers to nothing outside itself.
 */
export function installFakeClock(startAt: number): void {
  const timers = new Map<number, { at: number; every: number | undefined; run: () => void }>();
  const RealDate = Date;
  let elapsed = 0;
  let skew = 0;
  let serial = 0;
  let longest = 0;

  const wall = () => startAt + elapsed + skew;
  const add = (run: unknown, delay: unknown, every: boolean, args: unknown[]) => {
    serial += 1;
    // Whole milliseconds, as browsers have them.
    const ms = Math.max(1, Math.trunc(Number(delay)) || 0);
    longest = Math.max(longest, ms);
    const call = () => (run as (...all: unknown[]) => void)(...args);
    timers.set(serial, { at: elapsed + ms, every: every ? ms : undefined, run: call });
    return serial;
  };
  const remove = (id?: number) => void timers.delete(id ?? 0);
  const run = (ms: number) => {
    const until = elapsed + ms;
    for (;;) {
      const [id, next] =
        [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (id === undefined || !next) break;
      elapsed = Math.max(elapsed, next.at);
      if (next.every === undefined) timers.delete(id);
      else next.at += next.every;
      next.run();
    }
    elapsed = until;
  };

  class FakeDate extends RealDate {
    constructor(...args: unknown[]) {
      // @ts-expect-error: a spread over the overloads of Date
      super(...(args.length > 0 ? args : [wall()]));
    }
    static override now(): number {
      return wall();
    }
  }

  /** Requests whose answer is not there, answers that are being read, and locks that were asked for. */
  let busy = 0;
  /** What other pages and the server have been told or asked so far. */
  let said = 0;
  let whenIdle: (() => void)[] = [];
  const waitFor = <T>(work: Promise<T>): Promise<T> => {
    busy += 1;
    said += 1;
    return work.finally(() => {
      busy -= 1;
      if (busy > 0) return;
      for (const wake of whenIdle) wake();
      whenIdle = [];
    });
  };

  const { fetch: realFetch, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
  for (const name of ['json', 'text', 'blob', 'arrayBuffer'] as const) {
    const read = Response.prototype[name];
    Response.prototype[name] = function (this: Response) {
      return waitFor(read.call(this) as Promise<never>);
    };
  }
  const { LockManager } = globalThis as unknown as { LockManager?: { prototype: Locks } };
  if (LockManager) {
    const { request } = LockManager.prototype;
    LockManager.prototype.request = function (this: unknown, ...args) {
      const work = args.pop() as (lock: unknown) => unknown;
      let granted = () => {};
      void waitFor(
        new Promise<void>((resolve) => {
          granted = resolve;
        }),
      );
      const done = request.call(this, ...args, (lock: unknown) => {
        granted();
        return work(lock);
      });
      void done.then(granted, granted);
      return done;
    };
  }
  const realPost = BroadcastChannel.prototype.postMessage;
  BroadcastChannel.prototype.postMessage = function (message) {
    said += 1;
    realPost.call(this, message);
  };

  /** A turn of the event loop, on a channel: the timers stand still. */
  const turn = () =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  const within = <T>(ms: number, what: string, work: Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const late = realSetTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
      void work.then(resolve, reject).finally(() => realClearTimeout(late));
    });
  /** Until nothing is under way, and what came of it has been taken in. */
  const settle = async (hanging: boolean): Promise<Settled> => {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      await turn();
      if (busy === 0 || hanging) continue;
      quiet = 0;
      await within(20_000, 'an answer', new Promise<void>((resolve) => whenIdle.push(resolve)));
    }
    const dueAt = Math.min(...[...timers.values()].map((timer) => timer.at));
    // No message may hold Infinity on its way to the test.
    return { dueIn: Math.min(Math.max(0, dueAt - elapsed), Number.MAX_SAFE_INTEGER), said };
  };
  const move = ({ ms, hanging }: Move) => {
    if (ms !== null) run(ms);
    return settle(hanging);
  };

  /** The other tabs of this browser move with the one that is asked to. */
  const tabs = new BroadcastChannel('fake clock');
  const tell = (message: Move | Settled) => realPost.call(tabs, message);
  const answers: Settled[] = [];
  let onAnswer = () => {};
  tabs.onmessage = async ({ data }: MessageEvent<Move | Settled>) => {
    if ('ms' in data) return tell(await move(data));
    answers.push(data);
    onAnswer();
  };
  /** One message of another tab reaches this one before the next does, so what each has said before it settled is heard. */
  const moveAll = async (order: Move, count: number): Promise<Settled> => {
    tell(order);
    const own = await move(order);
    const all = new Promise<void>((resolve) => {
      onAnswer = () => answers.length >= count - 1 && resolve();
      onAnswer();
    });
    await within(20_000, 'the other tabs', all);
    return [own, ...answers.splice(0)].reduce((a, b) => ({
      dueIn: Math.min(a.dueIn, b.dueIn),
      said: a.said + b.said,
    }));
  };

  Object.assign(globalThis, {
    fetch: (...request: Parameters<typeof realFetch>) => waitFor(realFetch(...request)),
    Date: FakeDate,
    setTimeout: (call: unknown, delay: unknown, ...args: unknown[]) => add(call, delay, false, args),
    setInterval: (call: unknown, delay: unknown, ...args: unknown[]) => add(call, delay, true, args),
    clearTimeout: remove,
    clearInterval: remove,
    __clock: {
      run,
      async move(ms, hanging, count) {
        let settled = await moveAll({ ms, hanging }, count);
        for (let before = Number.NaN; count > 1 && settled.said !== before; ) {
          before = settled.said;
          settled = await moveAll({ ms: null, hanging }, count);
        }
        return settled.dueIn;
      },
      sleep(ms) {
        elapsed += ms;
        for (const timer of timers.values()) timer.at = Math.max(timer.at, elapsed);
      },
      set(ms) {
        skew += ms;
      },
      pending: () => timers.size,
      longest: () => longest,
    } satisfies FakeClock,
  });
  Object.defineProperty(Performance.prototype, 'now', { value: () => elapsed, configurable: true });
}

interface Locks {
  request(this: unknown, ...args: unknown[]): Promise<unknown>;
}

interface Move {
  /** Null: time stands still. */
  readonly ms: number | null;
  readonly hanging: boolean;
}

/** How a page stands when it has nothing left to do. */
interface Settled {
  /** How long until its next timer, ms; over 285,000 years when there is none. */
  readonly dueIn: number;
  /** How often it has told or asked the server or other pages something so far. */
  readonly said: number;
}

/** The handle that {@link installFakeClock} leaves in the page. */
export interface FakeClock {
  /** Moves the time of this page, firing what falls due in its order. */
  run(ms: number): void;
  /**
   * Moves the time of every tab of this browser, and waits until each request is answered, and each answer and each word
   * of another tab taken in.
   *
   * @param ms null: only waits
   * @param hanging the server does not answer: takes in only what there is
   * @param tabs how many there are, this one included
   * @returns how long until the next timer of any of them, ms
   */
  move(ms: number | null, hanging: boolean, tabs: number): Promise<number>;
  /** The page was frozen: time has passed, and what was due fires once, late. */
  sleep(ms: number): void;
  /** Somebody sets the device's clock. Timers and `performance.now` know nothing of it. */
  set(ms: number): void;
  pending(): number;
  /** The longest delay that a timer was ever set to, ms. */
  longest(): number;
}
