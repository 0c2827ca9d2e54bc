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

  /** Requests whose answer is not there, and answers that are being read. */
  const requests = counter();
  /** Locks that were asked for. */
  const locks = counter();
  /** How often this page has told or asked the server or other pages something. */
  let said = 0;
  /** Requests that are made while time moves: the server's time has to follow before they leave. */
  let held: (() => void)[] | undefined;

  /** Counts what is under way, and says when nothing is. */
  function counter() {
    let count = 0;
    let waiting: (() => void)[] = [];
    return {
      add<T>(work: Promise<T>): Promise<T> {
        count += 1;
        return work.finally(() => {
          count -= 1;
          if (count > 0) return;
          for (const wake of waiting) wake();
          waiting = [];
        });
      },
      isZero: () => count === 0,
      zero: () => new Promise<void>((resolve) => waiting.push(resolve)),
    };
  }

  const { fetch: realFetch, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
  const fetch = (...request: Parameters<typeof realFetch>) => {
    said += 1;
    const left = held && new Promise<void>((resolve) => held?.push(resolve));
    return requests.add(left ? left.then(() => realFetch(...request)) : realFetch(...request));
  };
  for (const name of ['json', 'text', 'blob', 'arrayBuffer'] as const) {
    const read = Response.prototype[name];
    Response.prototype[name] = function (this: Response) {
      return requests.add(read.call(this) as Promise<never>);
    };
  }
  const { LockManager } = globalThis as unknown as { LockManager?: { prototype: Locks } };
  if (LockManager) {
    const { request } = LockManager.prototype;
    LockManager.prototype.request = function (this: unknown, ...args) {
      const work = args.pop() as (lock: unknown) => unknown;
      let granted = () => {};
      void locks.add(
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
  /** Until nothing is under way that can end before time moves, and what came of it has been taken in. */
  const settle = async (hanging: boolean): Promise<Settled> => {
    const pending = () =>
      [locks, requests].find((each) => !each.isZero() && !(each === requests && (held || hanging)));
    const before = said;
    for (let turns = 0, enough = 1; turns < enough; turns += 1) {
      await turn();
      const first = pending();
      if (first) await within(20_000, 'an answer', first.zero());
      if (!first && said === before) continue;
      enough = 3;
      if (first) turns = 0;
    }
    const dueAt = Math.min(...[...timers.values()].map((timer) => timer.at));
    // No message may hold Infinity on its way to the test.
    const dueIn = Math.min(Math.max(0, dueAt - elapsed), Number.MAX_SAFE_INTEGER);
    return { dueIn, said, held: held?.length ?? 0 };
  };
  const obey = ({ ms, hold, hanging }: Order) => {
    if (hold) held ??= [];
    else {
      const leaving = held ?? [];
      held = undefined;
      for (const leave of leaving) leave();
    }
    if (ms !== null) run(ms);
    return settle(hanging);
  };

  /** The other tabs of this browser do as the one that is asked to. */
  const tabs = new BroadcastChannel('fake clock');
  const tell = (message: Order | Settled) => realPost.call(tabs, message);
  const answers: Settled[] = [];
  let onAnswer = () => {};
  tabs.onmessage = async ({ data }: MessageEvent<Order | Settled>) => {
    if ('hold' in data) return tell(await obey(data));
    answers.push(data);
    onAnswer();
  };
  const obeyOnce = async (order: Order, count: number): Promise<Settled> => {
    if (count > 1) tell(order);
    const own = await obey(order);
    const all = new Promise<void>((resolve) => {
      onAnswer = () => answers.length >= count - 1 && resolve();
      onAnswer();
    });
    if (count > 1) await within(20_000, 'the other tabs', all);
    return [own, ...answers.splice(0)].reduce((a, b) => ({
      dueIn: Math.min(a.dueIn, b.dueIn),
      said: a.said + b.said,
      held: a.held + b.held,
    }));
  };
  /**
   * Until no tab has anything new to say. Each tab hears what another has said before it hears that the other is settled:
   * messages come in the order in which they were sent.
   */
  const obeyAll = async (order: Order, count: number): Promise<Settled> => {
    let settled = await obeyOnce(order, count);
    for (let before = Number.NaN; count > 1 && settled.said !== before; ) {
      before = settled.said;
      settled = await obeyOnce({ ...order, ms: null }, count);
    }
    return settled;
  };

  Object.assign(globalThis, {
    fetch,
    Date: FakeDate,
    setTimeout: (call: unknown, delay: unknown, ...args: unknown[]) => add(call, delay, false, args),
    setInterval: (call: unknown, delay: unknown, ...args: unknown[]) => add(call, delay, true, args),
    clearTimeout: remove,
    clearInterval: remove,
    __clock: {
      run,
      settle: async (hanging, count) => void (await obeyAll({ ms: null, hold: false, hanging }, count)),
      async pass(ms, leastMs, hanging, count) {
        let settled = await obeyAll({ ms: null, hold: false, hanging }, count);
        let passed = 0;
        do {
          const step = Math.min(ms - passed, Math.max(settled.dueIn, leastMs));
          passed += step;
          settled = await obeyAll({ ms: step, hold: true, hanging }, count);
        } while (settled.held === 0 && passed < ms);
        const isWaiting = settled.held > 0;
        if (!isWaiting) await obeyAll({ ms: null, hold: false, hanging }, count);
        return { passed, isWaiting };
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

/** What a tab is to do. */
interface Order {
  /** How far to move time. Null: it stands still. */
  readonly ms: number | null;
  /** Whether requests wait. */
  readonly hold: boolean;
  /** Whether the server leaves requests without an answer. */
  readonly hanging: boolean;
}

/** How a tab stands when it has nothing left to do. */
interface Settled {
  /** How long until its next timer, ms; over 285,000 years when there is none. */
  readonly dueIn: number;
  /** How often it has told or asked the server or other tabs something so far. */
  readonly said: number;
  /** Requests that wait for the server's time to follow. */
  readonly held: number;
}

/** The handle that {@link installFakeClock} leaves in the page. */
export interface FakeClock {
  /** Moves the time of this page, firing what falls due in its order. */
  run(ms: number): void;
  /**
   * Moves the time of every tab of this browser from one timer that is due to the next, until one of them makes a request.
   * That waits until the tabs are settled, so that the server's time can follow. Only `fetch` waits so.
   *
   * @param ms how far at most
   * @param leastMs at least this far at once: what falls due in between is taken for due at the end
   * @param hanging the server leaves requests without an answer: waits for none
   * @param tabs how many there are, this one included
   */
  pass(ms: number, leastMs: number, hanging: boolean, tabs: number): Promise<Passed>;
  /** Until no tab has anything under way: each request is answered, each answer and each word of another tab taken in. */
  settle(hanging: boolean, tabs: number): Promise<void>;
  /** The page was frozen: time has passed, and what was due fires once, late. */
  sleep(ms: number): void;
  /** Somebody sets the device's clock. Timers and `performance.now` know nothing of it. */
  set(ms: number): void;
  pending(): number;
  /** The longest delay that a timer was ever set to, ms. */
  longest(): number;
}

export interface Passed {
  /** ms */
  readonly passed: number;
  /** Whether requests wait for the server's time. */
  readonly isWaiting: boolean;
}
