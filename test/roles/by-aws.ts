import type { Permission } from './policies.ts';

/** What AWS does by a function's role, and no request of the function shows. */
export interface ByAws {
  readonly action: RegExp;
  /** Whether it is the permission without a condition: what the function itself needs has one. */
  readonly unconditional?: boolean;
  readonly why: string;
}

export const BY_AWS: readonly ByAws[] = [
  {
    action: /^logs:(?:CreateLogStream|PutLogEvents)$/,
    why: 'Lambda writes the log of the function, to its own log group only',
  },
  {
    action: /^xray:Put(?:TraceSegments|TelemetryRecords)$/,
    why: 'Lambda sends its traces; X-Ray knows no resource but `*`',
  },
  {
    action: /^dynamodb:(?:ListStreams|DescribeStream|GetShardIterator|GetRecords)$/,
    why: "Lambda reads the table's stream for the function",
  },
  {
    action: /^kms:(?:Decrypt|DescribeKey)$/,
    unconditional: true,
    why: "Lambda reads the table's stream with the table's `encryptionKey`, where it has one; the CDK's own grant has no condition",
  },
];

/** Whether a permission is one of those that AWS uses. */
export function isByAws({ action, condition }: Permission, by: readonly ByAws[] = BY_AWS): boolean {
  return by.some(
    (one) => one.action.test(action) && !(one.unconditional === true && Object.keys(condition).length > 0),
  );
}
