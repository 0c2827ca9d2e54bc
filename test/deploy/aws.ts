import { randomBytes, randomUUID } from 'node:crypto';

/** A few calls to the emulator, by hand: none of them is worth an SDK of its own. */
export class Aws {
  private readonly endpoint: string;
  private readonly region: string;

  constructor(endpoint: string, region = 'us-east-1') {
    this.endpoint = endpoint;
    this.region = region;
  }

  /** Outputs of a stack, by name. */
  async outputs(stack: string): Promise<Record<string, string>> {
    const xml = await this.query('cloudformation', {
      Action: 'DescribeStacks',
      StackName: stack,
      Version: '2010-05-15',
    });
    const pairs = xml.matchAll(/<OutputKey>([^<]*)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g);
    return Object.fromEntries([...pairs].map(([, key, value]) => [key!, value!]));
  }

  /** The ARN of a stack. */
  async stackId(StackName: string): Promise<string> {
    const parameters = { Action: 'DescribeStacks', StackName, Version: '2010-05-15' };
    return /<StackId>([^<]*)</.exec(await this.query('cloudformation', parameters))![1]!;
  }

  /** Messages of a queue, taken off it. */
  async receive(queueUrl: string): Promise<unknown[]> {
    const body = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
    const { Messages = [] } = await this.json('sqs', 'AmazonSQS.ReceiveMessage', body, '1.0');
    for (const { ReceiptHandle } of Messages) {
      await this.json('sqs', 'AmazonSQS.DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle }, '1.0');
    }
    return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
  }

  /** Puts a new version of a secret. The one before it is AWSPREVIOUS then. */
  async rotate(SecretId: string): Promise<void> {
    const SecretString = randomBytes(48).toString('base64');
    const body = { SecretId, SecretString, ClientRequestToken: randomUUID() };
    await this.json('secretsmanager', 'secretsmanager.PutSecretValue', body, '1.1');
  }

  /** Rows of a table. */
  async scan(TableName: string): Promise<Record<string, { S?: string; N?: string }>[]> {
    const { Items = [] } = await this.json(
      'dynamodb',
      'DynamoDB_20120810.Scan',
      { TableName, ConsistentRead: true },
      '1.0',
    );
    return Items;
  }

  /** A table as it is described. Another `CreationDateTime` is another table. */
  // biome-ignore lint/suspicious/noExplicitAny: replies of AWS are data
  async table(TableName: string): Promise<any> {
    return (await this.json('dynamodb', 'DynamoDB_20120810.DescribeTable', { TableName }, '1.0')).Table;
  }

  /** A call of a service that speaks JSON. @param target its name in the header `x-amz-target` */
  // biome-ignore lint/suspicious/noExplicitAny: replies of AWS are data
  async json(service: string, target: string, body: object, version: string): Promise<any> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-target': target,
        authorization: credential(service, this.region),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${target}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** A call of a service that answers in XML. */
  async query(service: string, parameters: Record<string, string>): Promise<string> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: { authorization: credential(service, this.region) },
      body: new URLSearchParams(parameters),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${service} ${parameters.Action}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  }
}

/** Names the service; an emulator checks no signature. */
function credential(service: string, region: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}
