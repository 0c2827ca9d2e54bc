import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Answer, AwsService, rejected } from './aws-service.ts';
import { parseJson } from './json.ts';

export interface MessageQueuesOptions {
  /** URLs of the queues that there are. */
  readonly queues: readonly string[];
  readonly onMessage: (body: string) => void;
}

const SendMessageBatch = z.object({
  QueueUrl: z.string(),
  Entries: z
    .array(z.object({ Id: z.string(), MessageBody: z.string().check(z.minLength(1)) }))
    .check(z.minLength(1), z.maxLength(10)),
});

/** SQS' `SendMessageBatch`, all that the functions do with a queue. Nothing is kept: a message is seen when sent. */
export class MessageQueues extends AwsService {
  private readonly options: MessageQueuesOptions;

  constructor(options: MessageQueuesOptions) {
    super();
    this.options = options;
  }

  /** What SQS answers to one call. */
  answer(target: string, body: string): Answer {
    if (target !== 'AmazonSQS.SendMessageBatch') {
      return rejected('UnknownOperationException', `${target} is not supported`);
    }
    const { data } = SendMessageBatch.safeParse(parseJson(body));
    if (!data)
      return rejected(
        'InvalidParameterValue',
        'Entries must have 1 to 10 members, each with Id and MessageBody',
      );
    if (!this.options.queues.includes(data.QueueUrl)) {
      return rejected('QueueDoesNotExist', `no queue ${data.QueueUrl}`);
    }
    const Successful = data.Entries.map(({ Id, MessageBody }) => {
      this.options.onMessage(MessageBody);
      // The SDK compares the digest with that of what it sent.
      return {
        Id,
        MessageId: randomUUID(),
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      };
    });
    return { status: 200, payload: { Successful, Failed: [] } };
  }
}
