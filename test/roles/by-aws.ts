/** What AWS does by a function's role, and no request of the function shows. */
export const BY_AWS: readonly { readonly action: RegExp; readonly why: string }[] = [
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
];
