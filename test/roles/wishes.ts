import { DUE_SHARDS_KEY, GUARDED_ATTRIBUTES } from '../../core/contract.ts';
import { toItem } from '../../functions/store/dynamodb/item.ts';
import { arn } from '../../local/aws.ts';
import { hashOf, newSession } from '../support/sessions.ts';
import type { Asked } from './evaluate.ts';
import { SECRET_ARN, tableArn } from './requests.ts';

/** A request that who has taken a function over would like to make. */
type Wish = Omit<Asked, 'role'>;

/** Every attribute of a session's row. */
const ROW = Object.keys(
  toItem({ session: newSession(), secretHash: hashOf('any') }, { retentionMs: 0, dueShards: 1 }),
);

/** What anybody with somebody else's function might want, by what it would be good for. */
export function wishes(table: string): Readonly<Record<string, Wish>> {
  const on =
    (resource: string) =>
    (operation: string, context: Asked['context'] = {}) => ({
      action: `dynamodb:${operation}`,
      resource,
      context,
    });
  const ask = on(tableArn(table));
  const keyed = (
    operation: string,
    key: string,
    attributes: readonly string[],
    more: Asked['context'] = {},
  ) => ask(operation, { 'dynamodb:LeadingKeys': [key], 'dynamodb:Attributes': attributes, ...more });
  const update = (...attributes: string[]) =>
    keyed('UpdateItem', 'session#x', ['pk', 'state', ...attributes]);
  return {
    'make a session': keyed('PutItem', 'session#x', ROW),
    'make a session by updating a row that does not exist': update(...ROW),
    "replace a session's secret": update('secretHash'),
    'give a session to another user': update('subject'),
    "move a session's absolute limit": update('absoluteExpiresAt'),
    "change a session's rules": update('idleTimeoutMs'),
    'end a session, or bring it back': update('endReason', 'endedAt', 'ttl', 'dueShard', 'dueAt'),
    'get a whole row as the reply to an update': keyed('UpdateItem', 'session#x', GUARDED_ATTRIBUTES, {
      'dynamodb:ReturnValues': 'ALL_OLD',
    }),
    'read a session whose id is known': keyed('GetItem', 'session#x', ROW),
    'read many sessions whose ids are known': keyed('BatchGetItem', 'session#x', ROW),
    'delete a session': keyed('DeleteItem', 'session#x', ['pk']),
    'read a finished sign-in': keyed('GetItem', 'signin#x', ['pk']),
    'read a finished sign-in among sessions': ask('BatchGetItem', {
      'dynamodb:LeadingKeys': ['session#x', 'signin#x'],
      'dynamodb:Attributes': ['pk'],
    }),
    'note that a sign-in is finished': keyed('PutItem', 'signin#x', ['pk']),
    'change a finished sign-in': keyed('UpdateItem', 'signin#x', ['pk', 'state']),
    'forget a finished sign-in': keyed('DeleteItem', 'signin#x', ['pk']),
    "learn when a user's sessions were all ended": keyed('GetItem', 'subject#x', ['pk']),
    'have a sign-in that began before they were ended succeed': keyed('UpdateItem', 'subject#x', [
      'notBefore',
    ]),
    'delete when they were ended': keyed('DeleteItem', 'subject#x', ['pk']),
    'change the number of shards': keyed('UpdateItem', DUE_SHARDS_KEY, ['pk', 'shards']),
    'put the number of shards': keyed('PutItem', DUE_SHARDS_KEY, ['pk', 'shards']),
    'read a row of another kind': keyed('GetItem', 'other#x', ['pk']),
    'update a row that the request does not name': ask('UpdateItem', { 'dynamodb:Attributes': ['pk'] }),
    "list a user's sessions": on(`${tableArn(table)}/index/subject`)('Query'),
    'list all active sessions': on(`${tableArn(table)}/index/due`)('Query'),
    'query the table': ask('Query'),
    'scan the table': ask('Scan'),
    'scan an index': on(`${tableArn(table)}/index/subject`)('Scan'),
    'write many rows at once': ask('BatchWriteItem', { 'dynamodb:LeadingKeys': ['session#x'] }),
    'select by PartiQL': ask('PartiQLSelect', { 'dynamodb:LeadingKeys': ['session#x'] }),
    'update by PartiQL': ask('PartiQLUpdate', { 'dynamodb:LeadingKeys': ['session#x'] }),
    'delete the table': ask('DeleteTable'),
    'read another table': on(tableArn('another'))('GetItem', { 'dynamodb:LeadingKeys': ['session#x'] }),
    'write to another table': on(tableArn('another'))('UpdateItem', {
      'dynamodb:LeadingKeys': ['session#x'],
    }),
    "read the table's stream": on(`${tableArn(table)}/stream/local`)('GetRecords'),
    "read the provider's client secret": {
      action: 'secretsmanager:GetSecretValue',
      resource: SECRET_ARN,
      context: {},
    },
    'read another secret': {
      action: 'secretsmanager:GetSecretValue',
      resource: arn('secretsmanager', 'secret:another-AbCdEf'),
      context: {},
    },
    'change the client secret': {
      action: 'secretsmanager:PutSecretValue',
      resource: SECRET_ARN,
      context: {},
    },
    'announce an event': {
      action: 'events:PutEvents',
      resource: arn('events', 'event-bus/curfew'),
      context: {},
    },
    'put an event on another bus': {
      action: 'events:PutEvents',
      resource: arn('events', 'event-bus/default'),
      context: {},
    },
    'call the admin function': {
      action: 'lambda:InvokeFunction',
      resource: arn('lambda', 'function:admin'),
      context: {},
    },
  };
}

const WRITES = [
  'make a session by updating a row that does not exist',
  "replace a session's secret",
  'give a session to another user',
  "move a session's absolute limit",
  "change a session's rules",
  'end a session, or bring it back',
  'get a whole row as the reply to an update',
];

/** What the roles allow of that, since they could not do their work without it. Each denies all the rest. */
export const GRANTED: Readonly<Record<string, readonly string[]>> = {
  auth: [
    'make a session',
    ...WRITES,
    'read a session whose id is known',
    'read many sessions whose ids are known',
    'note that a sign-in is finished',
    "learn when a user's sessions were all ended",
    'change the number of shards',
    "list a user's sessions",
    "read the provider's client secret",
  ],
  session: [
    ...WRITES,
    'read a session whose id is known',
    'read many sessions whose ids are known',
    'have a sign-in that began before they were ended succeed',
    "list a user's sessions",
  ],
  sweep: [
    ...WRITES,
    'read many sessions whose ids are known',
    'change the number of shards',
    'list all active sessions',
  ],
  publish: [
    'end a session, or bring it back',
    'read a session whose id is known',
    "learn when a user's sessions were all ended",
    "read the table's stream",
    'announce an event',
  ],
  admin: [
    ...WRITES,
    'read many sessions whose ids are known',
    'delete a session',
    'have a sign-in that began before they were ended succeed',
    'delete when they were ended',
    'change the number of shards',
    "list a user's sessions",
    'list all active sessions',
  ],
  authorizer: ['end a session, or bring it back', 'read a session whose id is known'],
  guarded: ['end a session, or bring it back', 'read a session whose id is known'],
};
