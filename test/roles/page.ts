import { BY_AWS, type ByAws, isByAws } from './by-aws.ts';
import type { Findings, RoleFindings } from './findings.ts';
import { attributesOf, LEADING_KEYS, OF_ATTRIBUTES, OF_ROWS, type Permission } from './policies.ts';

/** Where the page is. */
export const PAGE = 'docs/roles.md';

const ABOUT: Readonly<Record<string, string>> = {
  auth: `Makes sessions, so who has taken it over can make one for anybody. BatchGetItem and the index are there with
\`maxSessionsPerUser\` only, the secret with a client secret only.`,
  session: `Its conditions name the hash of the secret, so that a list of attributes can't keep its writes from it: who has taken it
over can make a session by an update, and knows nobody's secret.`,
  sweep: `No request reaches it, only the schedule. Its writes are not limited to attributes: it asks for the row that rejected a
write, and no test on this machine can show whether DynamoDB allows that under a list of attributes.`,
  publish: `Reads the table's stream, and ends sessions that began before all of their user's were ended: it writes no more of a
row than an end does.`,
  admin:
    "Whoever may invoke it may end anybody's session, and erase anybody. The role that invokes it is yours.",
  authorizer: 'The guard, as a Lambda authorizer.',
  guarded: `Your own function, prepared by \`protect()\`. What a handler that is taken over can still do is in the
[threat model](threat-model.md).`,
};

/** The page about the roles, as \`npm run roles\` writes it. */
export function rolesPage(findings: Findings): string {
  const { roles } = findings;
  return `# Roles

What the role of each function allows, and what needs it. \`npm run roles\` writes this page: it runs the functions' bundles along
all their paths, keeps what they ask of AWS, and evaluates it against the synthesized policies, off-line. A test holds that each request
is allowed, that each permission is needed by one, and that this page is up to date. \`npm run test:histories\` evaluates what the functions ask of the table
in random histories, races and outages included.

The service has an \`encryptionKey\` here: without one, no role names a key.

Every function may do what AWS does by its role, which no request of the function shows:

${BY_AWS.map((by) => `- ${namesIn(by.action).map(code).join(', ')}: ${by.why}${isOnlyOf(roles, by)}`).join('\n')}

${roles.map(chapter).join('\n')}
## Taken over

What somebody could do with the role of a function that they have taken over. Nothing else of this list is allowed.

${matrix(findings)}

## What this does not show

The evaluation is by a library, after the documentation. Only a real account can show:

- that DynamoDB fills in \`dynamodb:LeadingKeys\` and \`dynamodb:Attributes\` as documented: the keys, the attributes that a request names
  in any expression, and those that its reply brings;
- whether \`ReturnValuesOnConditionCheckFailure: ALL_OLD\` is allowed under a list of attributes. No role with such a list asks for it;
- what an account adds: a boundary, a policy of the organization, a resource policy.

The roles of the helpers with which the CDK deploys a \`StaticSite\` are the CDK's own, and are not here.
`;
}

const code = (text: string): string => `\`${text}\``;

/** `/^a:(?:B|C)D$/` names `a:BD` and `a:CD`. */
function namesIn({ source }: RegExp): string[] {
  const [, before = '', choices = '', after = ''] = /^\^(.*)\(\?:(.*)\)(.*)\$$/.exec(source) ?? [];
  return choices.split('|').map((choice) => before + choice + after);
}

function isOnlyOf(roles: readonly RoleFindings[], by: ByAws): string {
  const having = roles.filter(({ permissions }) => permissions.some((one) => isByAws(one, [by])));
  return having.length === roles.length ? '' : ` (${having.map(({ name }) => name).join(', ')})`;
}

function chapter({ name, needs }: RoleFindings): string {
  const rows = needs
    .filter(({ attribute }) => attribute === undefined)
    .map(({ permission, paths }) => [
      code(permission.action),
      resourceText(permission),
      conditionText(permission),
      paths.join('; '),
    ]);
  return `## ${name === 'guarded' ? 'A guarded handler' : `\`${name}\``}

${ABOUT[name] ?? ''}

${tableOf(['action', 'on', 'only', 'needed by'], rows)}
`;
}

function matrix({ roles, wishes }: Findings): string {
  const rows = wishes.map((wish) => [
    wish,
    ...roles.map(({ granted }) => (granted.includes(wish) ? 'yes' : '–')),
  ]);
  return tableOf(['to', ...roles.map(({ name }) => name)], rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const RESOURCES: readonly (readonly [RegExp, string])[] = [
  [/:table\/[^/]+$/, 'the table'],
  [/:table\/[^/]+\/index\/(\w+)$/, 'index `$1`'],
  [/:event-bus\//, 'the event bus'],
  [/:sqs:/, 'the failure queue'],
  [/:kms:/, 'the key'],
  [/:secret:provider/, "the provider's client secret"],
  [/:secret:.*ServiceSecret/, 'the service secret'],
];

function resourceText({ resource }: Permission): string {
  const [pattern, text] = RESOURCES.find(([known]) => known.test(resource)) ?? [/$/, ''];
  const found = pattern.exec(resource);
  return text === '' ? code(resource) : text.replace('$1', found?.[1] ?? '');
}

/** What a request must be like, apart from its action and resource. Every row condition demands that there are keys. */
function conditionText(permission: Permission): string {
  const { [OF_ROWS]: rows, StringEqualsIfExists: returned, ...others } = permission.condition;
  const attributes = attributesOf(permission);
  const via = [others.StringEquals?.['kms:ViaService'] ?? []].flat();
  const unknown = Object.keys(others).filter(
    (name) => !['Null', OF_ATTRIBUTES, 'StringEquals'].includes(name),
  );
  return [
    ...[rows?.[LEADING_KEYS] ?? []].flat().map((key) => `rows ${code(key)}`),
    ...via.map((service) => `through ${code(service.replace(/\..*/, ''))}`),
    ...(attributes.length > 0 ? [`attributes ${attributes.map(code).join(', ')}`] : []),
    ...(returned
      ? [`returning ${[returned['dynamodb:ReturnValues'] ?? []].flat().map(code).join(', ')}`]
      : []),
    ...unknown.map((name) => code(JSON.stringify({ [name]: others[name] }))),
  ].join('; ');
}
