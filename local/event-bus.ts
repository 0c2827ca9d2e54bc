import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT, REGION } from './aws.ts';
import { type Answer, AwsService, rejected } from './aws-service.ts';
import { parseJson } from './json.ts';

/** An event as EventBridge delivers it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface EventBusOptions {
  /** Names of the buses that there are. */
  readonly buses: readonly string[];
  /** Epoch ms. */
  readonly now: () => number;
  readonly onEvent: (event: BusEvent) => void;
}

const Entry = z.object({
  Source: z.optional(z.string()),
  DetailType: z.optional(z.string()),
  Detail: z.optional(z.string()),
  EventBusName: z._default(z.string(), 'default'),
  /** Epoch seconds: those of a date (ECMA-262 §21.4.1.1). */
  Time: z.optional(z.number().check(z.gte(-8.64e12), z.lte(8.64e12))),
});
const PutEvents = z.object({ Entries: z.array(Entry).check(z.minLength(1), z.maxLength(10)) });

/** EventBridge's `PutEvents`, and everything that was put so far. */
export class EventBus extends AwsService {
  readonly events: BusEvent[] = [];
  private readonly options: EventBusOptions;

  constructor(options: EventBusOptions) {
    super();
    this.options = options;
  }

  /** What EventBridge answers to one call: an entry that can't be taken does not fail the others. */
  answer(target: string, body: string): Answer {
    if (target !== 'AWSEvents.PutEvents')
      return rejected('UnknownOperationException', `${target} is not supported`);
    const { data } = PutEvents.safeParse(parseJson(body));
    if (!data)
      return rejected('ValidationException', 'Entries must have 1 to 10 members, each as it is described');
    const results = data.Entries.map((entry) => this.put(entry));
    const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
    return { status: 200, payload: { Entries: results, FailedEntryCount } };
  }

  private put({ Source, DetailType, Detail, EventBusName, Time }: z.infer<typeof Entry>): object {
    if (!this.options.buses.includes(EventBusName)) {
      return failed('ResourceNotFoundException', `no bus ${EventBusName}`);
    }
    if (!Source || !DetailType || Detail === undefined) {
      return failed('InvalidArgument', 'Source, DetailType and Detail are required');
    }
    const detail = parseJson(Detail);
    if (detail === undefined) return failed('MalformedDetail', 'Detail is malformed.');
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': DetailType,
      source: Source,
      account: ACCOUNT,
      time: new Date(Time === undefined ? this.options.now() : Time * 1000)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      region: REGION,
      resources: [],
      detail,
    };
    this.events.push(event);
    this.options.onEvent(event);
    return { EventId: event.id };
  }
}

const failed = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
