import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import type { Filter } from './filter.ts';
import type { Outcome } from './worker.ts';

export interface StreamMappingOptions {
  /** Records in one invocation at most. */
  readonly batchSize: number;
  /** A record passes if any of them lets it; without filters all do. */
  readonly filters: readonly Filter[];
  /** How often a batch that failed is tried again. */
  readonly retryAttempts: number;
  readonly invoke: (event: { Records: DynamoDBRecord[] }) => Promise<Outcome>;
  /** Takes records that are given up: AWS puts a note about them into the failure queue. */
  readonly onGivenUp: (records: readonly DynamoDBRecord[], error: string) => void;
  /** Waits between attempts. */
  readonly pause: (ms: number) => Promise<void>;
}

/** The answer of a function that reports the records that failed. */
const BatchResponse = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.optional(z.unknown()) }))) }),
);

/**
 * An event source mapping: records that pass the filter go to the function in order and in batches; a batch that
 * fails is tried again, halved, and in the end given up, so that it blocks nothing. The function's answer names the
 * records that failed.
 */
export class StreamMapping {
  private readonly options: StreamMappingOptions;
  private readonly queue: DynamoDBRecord[] = [];
  private working: Promise<void> | undefined;

  constructor(options: StreamMappingOptions) {
    this.options = options;
  }

  push(record: DynamoDBRecord): void {
    const { filters } = this.options;
    if (filters.length > 0 && !filters.some((passes) => passes(record))) return;
    this.queue.push(record);
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  /** Resolves when nothing is waiting. */
  async drained(): Promise<void> {
    while (this.working) await this.working;
  }

  private async work(): Promise<void> {
    // One turn of the event loop, so that records written together travel together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      await this.deliver(this.queue.splice(0, this.options.batchSize), this.options.retryAttempts);
    }
  }

  private async deliver(records: DynamoDBRecord[], attemptsLeft: number): Promise<void> {
    const outcome = await this.options.invoke({ Records: records });
    const failed = outcome.ok ? failedFrom(records, outcome.result) : records;
    if (failed.length === 0) return;
    if (attemptsLeft <= 0) {
      this.options.onGivenUp(failed, outcome.ok ? 'reported as failed' : outcome.error);
      return;
    }
    await this.options.pause(100 * 2 ** Math.min(6, this.options.retryAttempts - attemptsLeft));
    // A partial failure has already said where it lies; any other is narrowed down by halves.
    if (outcome.ok || failed.length === 1) {
      return this.deliver(failed, attemptsLeft - 1);
    }
    const middle = Math.ceil(failed.length / 2);
    await this.deliver(failed.slice(0, middle), attemptsLeft - 1);
    await this.deliver(failed.slice(middle), attemptsLeft - 1);
  }
}

/** From the first record that failed on: a stream is in order. An unknown identifier fails the whole batch. */
function failedFrom(records: DynamoDBRecord[], result: unknown): DynamoDBRecord[] {
  const failures = BatchResponse.safeParse(result).data?.batchItemFailures ?? [];
  if (failures.length === 0) return [];
  const positions = failures.map(({ itemIdentifier }) =>
    records.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  );
  return records.slice(Math.max(0, Math.min(...positions)));
}
