const { fetch: realFetch, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
const { postMessage } = BroadcastChannel.prototype;

/** Counts what is under way. */
class Counter {
  private count = 0;
  private waiting: (() => void)[] = [];

  add<T>(work: Promise<T>): Promise<T> {
    this.count += 1;
    return work.finally(() => {
      this.count -= 1;
      if (this.count > 0) return;
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  isZero(): boolean {
    return this.count === 0;
  }

  zero(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

interface Locks {
  request(this: unknown, ...args: unknown[]): Promise<unknown>;
}

/** What a page asks the server, and what it tells other pages. */
export class Traffic {
  /** Requests that are not answered, and answers that are being read. */
  private readonly requests = new Counter();
  /** Locks that were asked for. */
  private readonly locks = new Counter();
  private held: (() => void)[] | undefined;
  /** How often the page has asked or told something so far. */
  said = 0;

  install(): void {
    const { requests } = this;
    globalThis.fetch = (...request) => {
      this.said += 1;
      const { held } = this;
      if (!held) return requests.add(realFetch(...request));
      const released = new Promise<void>((resolve) => held.push(resolve));
      return requests.add(released.then(() => realFetch(...request)));
    };
    for (const name of ['json', 'text', 'blob', 'arrayBuffer'] as const) {
      const read = Response.prototype[name];
      Response.prototype[name] = function (this: Response) {
        return requests.add(read.call(this) as Promise<never>);
      };
    }
    const traffic = this;
    BroadcastChannel.prototype.postMessage = function (message) {
      traffic.said += 1;
      postMessage.call(this, message);
    };
    this.watchLocks();
  }

  /** A lock is granted by another process, and no request may tell of it. */
  private watchLocks(): void {
    const { LockManager } = globalThis as unknown as { LockManager?: { prototype: Locks } };
    if (!LockManager) return;
    const { locks } = this;
    const { request } = LockManager.prototype;
    LockManager.prototype.request = function (...args) {
      const work = args.pop() as (lock: unknown) => unknown;
      let done: Promise<unknown> | undefined;
      const granted = new Promise<void>((resolve) => {
        done = request.call(this, ...args, (lock: unknown) => {
          resolve();
          return work(lock);
        });
        void done.catch(() => resolve());
      });
      void locks.add(granted);
      return done!;
    };
  }

  /** From now on requests wait until they are released. */
  hold(): void {
    this.held ??= [];
  }

  /** Lets what waits leave, and everything that follows. */
  release(): void {
    const leaving = this.held ?? [];
    this.held = undefined;
    for (const leave of leaving) leave();
  }

  /** How many requests wait. */
  waiting(): number {
    return this.held?.length ?? 0;
  }

  /**
   * Until nothing is under way that can end while time stands still, and what came of it has been taken in.
   *
   * @param hanging the server leaves requests without an answer: waits for none
   */
  async settle(hanging: boolean): Promise<void> {
    const before = this.said;
    for (let turns = 0, enough = 1; turns < enough; turns += 1) {
      await turn();
      const underWay = [this.locks, ...(this.held || hanging ? [] : [this.requests])].find(
        (counter) => !counter.isZero(),
      );
      if (underWay) {
        await within(20_000, 'an answer', underWay.zero());
        turns = 0;
      }
      if (underWay || this.said !== before) enough = 3;
    }
  }
}

/** Posts what is none of the page's own messages. */
export function post(channel: BroadcastChannel, message: unknown): void {
  postMessage.call(channel, message);
}

/** A turn of the event loop, on a channel: the timers stand still. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** In real time. */
export function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = realSetTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
    void work.then(resolve, reject).finally(() => realClearTimeout(late));
  });
}
