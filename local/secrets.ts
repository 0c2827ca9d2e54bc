import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { type Answer, AwsService, rejected } from './aws-service.ts';
import { parseJson } from './json.ts';

const GetSecretValue = z.object({
  SecretId: z.string(),
  VersionStage: z._default(z.string(), 'AWSCURRENT'),
});

/** Secrets Manager's `GetSecretValue`: each secret has one version, which lasts as long as this run. */
export class Secrets extends AwsService {
  private readonly values: ReadonlyMap<string, string>;

  /**
   * @param names of the secrets that there are
   * @param given values of those that are not generated
   */
  constructor(names: readonly string[], given: Readonly<Record<string, string>> = {}) {
    super();
    this.values = new Map(names.map((name) => [name, given[name] ?? randomBytes(48).toString('base64url')]));
  }

  /** What Secrets Manager answers to one call. */
  answer(target: string, body: string): Answer {
    if (target !== 'secretsmanager.GetSecretValue') {
      return rejected('UnknownOperationException', `${target} is not supported`);
    }
    const { data } = GetSecretValue.safeParse(parseJson(body));
    if (!data) return rejected('InvalidParameterException', 'SecretId must be a name');
    const { SecretId, VersionStage } = data;
    const SecretString = VersionStage === 'AWSCURRENT' ? this.values.get(SecretId) : undefined;
    if (SecretString === undefined) {
      return rejected('ResourceNotFoundException', `no secret ${SecretId} with the stage ${VersionStage}`);
    }
    return { status: 200, payload: { Name: SecretId, SecretString, VersionStages: [VersionStage] } };
  }
}
