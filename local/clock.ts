/**
 * The time of everything that runs here: the machine's, moved by an offset that lies in memory shared with every
 * worker, so that one write moves functions, schedule and provider at once.
 */
export class LocalClock {
  readonly memory: SharedArrayBuffer;
  private readonly offset: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.offset = new BigInt64Array(memory);
  }

  /** Epoch ms. */
  readonly now = (): number => Date.now() + Number(Atomics.load(this.offset, 0));

  /** Moves the time forward. @returns the new time, epoch ms */
  advance(ms: number): number {
    Atomics.add(this.offset, 0, BigInt(ms));
    return this.now();
  }
}

/**
 * Makes `Date` of this thread read the moved time. Only what reads "now" changes: a date made from a value
 * stays that date.
 */
export function moveDate(memory: SharedArrayBuffer, target: { Date: DateConstructor } = globalThis): void {
  const offset = new BigInt64Array(memory);
  const RealDate = target.Date;
  const realNow = RealDate.now.bind(RealDate);
  const now = () => realNow() + Number(Atomics.load(offset, 0));
  target.Date = new Proxy(RealDate, {
    construct: (date, args, newTarget) =>
      Reflect.construct(date, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (date, key, receiver) => (key === 'now' ? now : Reflect.get(date, key, receiver)),
  });
}
