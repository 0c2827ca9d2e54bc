import { createHash } from 'node:crypto';
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What only this machine knows. */
export interface Known {
  readonly issuer: string;
  readonly siteUrl: string;
  /** Where the distribution finds the API. */
  readonly originPort: number;
}

// biome-ignore lint/suspicious/noExplicitAny: templates are data
type Data = any;

/** Kinds that the emulator does not know, and what copies the site, which test/deploy/app.ts shows. */
const LEFT_OUT =
  /^(?:AWS::CloudWatch::(?:CompositeAlarm|Dashboard)|AWS::Cognito::ManagedLoginBranding|AWS::Lambda::LayerVersion|Custom::CDKBucketDeployment)$/;

/** Makes an assembly of the demo one that the emulator can deploy; the last release's and the present one in the same way. */
export async function adapt(folder: string, known: Known): Promise<void> {
  const template = await edit('Curfew.template.json', (data) => adaptTemplate(data, known));
  // The emulator looks for `index.js` only.
  const functions: string[] = [];
  for await (const file of glob('asset.*/index.cjs', { cwd: folder })) {
    functions.push(path.dirname(file));
    await cp(path.join(folder, file), path.join(folder, file.replace(/cjs$/, 'js')));
  }
  let asset = '';
  await edit('Curfew.assets.json', ({ files }) => {
    for (const [hash, { source }] of Object.entries<Data>(files)) {
      if (source.path === 'Curfew.template.json') asset = hash;
      else if (!functions.includes(source.path)) delete files[hash];
    }
  });
  // The CLI uploads nothing whose hash it has uploaded before.
  const hash = createHash('sha256').update(template).digest('hex');
  for (const file of ['Curfew.assets.json', 'manifest.json']) {
    const text = await readFile(path.join(folder, file), 'utf8');
    await writeFile(path.join(folder, file), text.replaceAll(asset, hash));
  }

  /** Changes what a file of the assembly says. @returns its text */
  async function edit(name: string, change: (data: Data) => void): Promise<string> {
    const file = path.join(folder, name);
    const data = JSON.parse(await readFile(file, 'utf8'));
    change(data);
    const text = JSON.stringify(data);
    await writeFile(file, text);
    return text;
  }
}

function adaptTemplate({ Resources }: Data, { issuer, siteUrl, originPort }: Known): void {
  for (const [id, { Type, Properties }] of Object.entries<Data>(Resources)) {
    const isOfMath = Type === 'AWS::CloudWatch::Alarm' && Properties.Metrics;
    const copies = Type === 'AWS::Lambda::Function' && id.startsWith('CustomCDKBucketDeployment');
    if (LEFT_OUT.test(Type) || isOfMath || copies) delete Resources[id];
  }
  for (const resource of Object.values<Data>(Resources)) {
    const { Type, Properties, DependsOn } = resource;
    if (Array.isArray(DependsOn)) resource.DependsOn = DependsOn.filter((id) => id in Resources);
    const variables = Properties?.Environment?.Variables;
    if (variables?.SITE_URL) variables.SITE_URL = siteUrl;
    // Its pools have no address. Users sign in at a provider on this machine.
    if (variables?.OIDC_ISSUER) {
      Object.assign(variables, { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'curfew-local' });
    }
    if (Type !== 'AWS::CloudFront::Distribution') continue;
    // As test/deploy/reachable.ts does it.
    const [, api] = Properties.DistributionConfig.Origins;
    api.DomainName = 'localhost';
    Object.assign(api.CustomOriginConfig, { OriginProtocolPolicy: 'http-only', HTTPPort: originPort });
  }
}
