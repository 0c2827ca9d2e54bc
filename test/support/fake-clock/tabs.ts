import type { Timers } from './timers.ts';
import { post, type Traffic, within } from './traffic.ts';

/** What a tab is to do. */
export interface Order {
  /** How far to move time. Null: it stands still. */
  readonly ms: number | null;
  /** Whether requests wait. */
  readonly hold: boolean;
  /** Whether the server leaves requests without an answer. */
  readonly hanging: boolean;
}

/** How a tab stands when it has nothing left to do. */
export interface Settled {
  /** How long until its next timer, ms. */
  readonly dueIn: number;
  /** How often it has asked the server or told other tabs something so far. */
  readonly said: number;
  /** Requests that wait for the server's time to follow. */
  readonly waiting: number;
}

/** All tabs of a browser do as the one that is asked to. */
export class Tabs {
  private readonly channel = new BroadcastChannel('fake clock');
  private readonly answers: Settled[] = [];
  private readonly timers: Timers;
  private readonly traffic: Traffic;
  private onAnswer = () => {};
  private said = Number.NaN;

  constructor(timers: Timers, traffic: Traffic) {
    this.timers = timers;
    this.traffic = traffic;
    this.channel.onmessage = async ({ data }: MessageEvent<Order | Settled>) => {
      if ('hold' in data) return post(this.channel, await this.obey(data));
      this.answers.push(data);
      this.onAnswer();
    };
  }

  /**
   * Until no tab has anything new to say. Each tab hears what another has said before it hears that the other is settled:
   * messages come in the order in which they were sent.
   *
   * @param count how many tabs there are, this one included
   */
  async obeyAll(order: Order, count: number): Promise<Settled> {
    let settled = await this.obeyOnce(order, count);
    while (count > 1 && settled.said !== this.said) {
      this.said = settled.said;
      settled = await this.obeyOnce({ ...order, ms: null }, count);
    }
    return settled;
  }

  private async obeyOnce(order: Order, count: number): Promise<Settled> {
    if (count === 1) return this.obey(order);
    const answered = new Promise<void>((resolve) => {
      this.onAnswer = () => this.answers.length === count - 1 && resolve();
    });
    post(this.channel, order);
    const own = await this.obey(order);
    await within(20_000, 'the other tabs', answered);
    return [own, ...this.answers.splice(0)].reduce((a, b) => ({
      dueIn: Math.min(a.dueIn, b.dueIn),
      said: a.said + b.said,
      waiting: a.waiting + b.waiting,
    }));
  }

  private async obey({ ms, hold, hanging }: Order): Promise<Settled> {
    const { timers, traffic } = this;
    if (hold) traffic.hold();
    else traffic.release();
    if (ms !== null) timers.run(ms);
    await traffic.settle(hanging);
    return { dueIn: timers.dueIn(), said: traffic.said, waiting: traffic.waiting() };
  }
}
