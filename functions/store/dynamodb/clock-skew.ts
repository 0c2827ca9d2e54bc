import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';

/** What one reply of the store shows about our clock. */
export interface ClockReading {
  /**
   * How far our clock is from the store's at the least, ms: positive where ours is ahead, negative where it is behind,
   * 0 where the two agree as far as the reply can show.
   */
  readonly skewMs: number;
  /** When the reply arrived, by the store's clock, epoch ms. */
  readonly at: number;
}

/** One exchange with the store, epoch ms. */
export interface Exchange {
  /** The header `Date`, by the store's clock: the start of the second in which the reply was made. */
  readonly date: number;
  /** When the request was sent, by our clock. */
  readonly startedAt: number;
  /** When the head of the reply arrived, by our clock. */
  readonly repliedAt: number;
}

/** The last millisecond of the second that a `Date` names. */
const LAST_OF_SECOND_MS = 999;

/**
 * The part of the difference between two clocks that an exchange makes certain, ms; positive: ours is ahead. The store
 * read its clock at some moment between our two readings, and saw any time within the second that it names. A
 * difference of up to a second, and of up to the duration of the request, can therefore not be told from none.
 */
export function certainSkew({ date, startedAt, repliedAt }: Exchange): number {
  // In this order unless our clock was set back in between, and then the moment may be anywhere between the two.
  const earliest = Math.min(startedAt, repliedAt);
  const latest = Math.max(startedAt, repliedAt);
  const ahead = earliest - (date + LAST_OF_SECOND_MS);
  if (ahead > 0) return ahead;
  return Math.min(0, latest - date);
}

export interface WatchClockOptions {
  /** Our clock, epoch ms. */
  readonly now: () => number;
  /** Is handed what each reply shows. It must not throw: the reply would be lost. */
  readonly onReading: (reading: ClockReading) => void;
}

/**
 * Compares our clock with the store's at every reply, a rejection's and a throttle's included, and every attempt's by
 * itself. The SDK makes the same comparison, but for signing only (`systemClockOffset`): it does not change our `now`.
 *
 * An engine on a loopback address is not compared with. It reads the clock of this very machine, so that a difference
 * only says that `now` was moved on purpose, as the local runtime moves it by hours.
 */
export function watchClock(client: DynamoDBClient, { now, onReading }: WatchClockOptions): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const startedAt = now();
      const result = await next(args);
      const repliedAt = now();
      const date = isLoopback(args.request) ? undefined : dateOf(result.response);
      if (date !== undefined) {
        const skewMs = certainSkew({ date, startedAt, repliedAt });
        onReading({ skewMs, at: repliedAt - skewMs });
      }
      return result;
    },
    // Next to the network: before the body is read, which takes time, and before an error's body is thrown.
    { step: 'deserialize', priority: 'low', name: 'watchClock' },
  );
}

// The SDK's types leave requests and replies unknown.
const Request = z.object({ hostname: z.string() });
const Reply = z.object({ headers: z.object({ date: z.string() }) });

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

function isLoopback(request: unknown): boolean {
  const { data } = z.safeParse(Request, request);
  return data !== undefined && LOOPBACK.test(data.hostname);
}

/** The only form of a date that senders may use (RFC 9110 §5.6.7). `Date.parse` by itself takes "1" for a date, too. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Epoch ms; undefined: the reply has no date, or one that makes no sense. */
function dateOf(response: unknown): number | undefined {
  const text = z.safeParse(Reply, response).data?.headers.date ?? '';
  const date = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
