const assert = require('node:assert/strict');
const { App, Stack } = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { SessionService } = require('curfew/construct');
const { exports: entries } = require('curfew/package.json');
const { createCurfew } = require('curfew/server');
const { createMemoryStore, signIn } = require('curfew/testing');

for (const entry of Object.keys(entries).map((key) => key.slice(2).replace('*', 'de'))) {
  if (/\.(?:css|json)$/.test(entry)) continue;
  const loaded = require(`curfew/${entry}`);
  assert.ok(Object.keys(loaded).length > 0, entry);
  assert.match(require.resolve(`curfew/${entry}`), /[\\/]cjs[\\/]/);
}

async function main() {
  const store = createMemoryStore();
  const siteUrl = 'https://app.example.com';
  const { check } = createCurfew({ store, siteUrl });
  const { cookie } = await signIn(store, { subject: 'ada' });
  const { session } = await check(new Request(siteUrl, { headers: { cookie } }));
  assert.equal(session?.subject, 'ada');

  const stack = new Stack(new App(), 'Stack');
  new SessionService(stack, 'Sessions');
  Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  console.log('ok');
}

main();
