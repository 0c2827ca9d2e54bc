/** The account and region that exist only on this machine. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** What every client of a service on this machine is made with. */
export const CREDENTIALS = {
  region: REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/** @returns the ARN of a resource of that account: `arn('lambda', 'function:sweep')` */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** @returns the ARN of the stream of a table */
export function streamArn(tableName: string): string {
  return arn('dynamodb', `table/${tableName}/stream/local`);
}

/** @returns the URL of a queue, by which it is named: nobody listens there */
export function queueUrl(name: string): string {
  return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
}
