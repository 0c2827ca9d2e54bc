import { type LocalTable, readTables } from '../../local/template/tables.ts';

/** Two tables of a template: `sessions` with a stream, `notes` without one and with a key of two parts. */
export function tables(): LocalTable[] {
  const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
  const Resources = {
    sessions: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification,
      },
    },
    notes: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [
          { AttributeName: 'subject', AttributeType: 'S' },
          { AttributeName: 'id', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'subject', KeyType: 'HASH' },
          { AttributeName: 'id', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification,
      },
    },
  };
  return readTables({ template: { Resources }, parameters: {} });
}
