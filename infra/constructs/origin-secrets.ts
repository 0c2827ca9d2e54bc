import { Lazy, RemovalPolicy, SecretValue, Stack, Token, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { HEADERS } from '../../core/contract.ts';
import { nameInRegion } from './names.ts';

/** The secrets that a distribution may add to its requests: known when the template is written, since a site may bring them later. */
export class OriginSecrets {
  /** The first is what the distribution sends; each is accepted. */
  private values: readonly SecretValue[];
  /** Those of a site, in the same order. */
  private ofSite: readonly ISecret[] = [];
  /** Regions that they are sent from. */
  private readonly regions = new Set<string>();
  /** Whether somebody was told that there are none. */
  private isSettled = false;

  /** @param given none: those of the site, if there is one */
  constructor(given: readonly SecretValue[] = []) {
    for (const value of given) assertUsable(value);
    this.values = given;
  }

  get areGiven(): boolean {
    return this.values.length > 0;
  }

  /** Takes those of a site, where none were given. @throws Error where somebody was told that there are none */
  offer(secrets: readonly ISecret[]): void {
    if (this.areGiven || secrets.length === 0) return;
    if (this.isSettled) {
      throw new Error('guardEnvironment was read before the site was made, and lacks its origin secret');
    }
    this.values = secrets.map(({ secretValue }) => secretValue);
    this.ofSite = secrets;
  }

  /**
   * Lets a stack send them. All of them, and not the first alone: a rotation changes which is sent, and the stack of the service is
   * deployed first, while the other still refers to the former.
   *
   * @throws Error where a stack of another region would not find one
   */
  sendFrom(stack: Stack): void {
    const { region } = stack;
    for (const secret of this.ofSite) {
      if (stack === secret.stack) continue;
      if (region === secret.stack.region) secret.stack.exportValue(secret.secretArn);
      else if (!this.regions.has(region)) replicate(secret, region);
    }
    this.regions.add(region);
  }

  /** The variable as it is now, for what can't leave it out later. @returns undefined where there are none, and will be none */
  settled(): string | undefined {
    if (this.areGiven) return this.variable;
    this.isSettled = true;
    return undefined;
  }

  /** The variable of every function that checks them. Resolves to nothing where there are none. */
  readonly variable = Lazy.string({
    produce: () => (this.areGiven ? this.values.map(unwrap).join(' ') : undefined),
  });

  /** What the distribution adds to its requests to the API. */
  readonly headers: Readonly<Record<string, string>> = {
    [HEADERS.originSecret]: Lazy.uncachedString({
      produce: ({ scope }) => {
        const [sent] = this.values;
        const [ofSite] = this.ofSite;
        if (sent) return unwrap(ofSite ? valueIn(Stack.of(scope), ofSite, sent) : sent);
        throw new Error('originSecrets: there is none, so the distribution has nothing to send');
      },
    }),
  };
}

/** CloudFormation looks a secret up in the region of the stack: for one that is elsewhere, the secret has a replica of its name there. */
function valueIn({ region }: Stack, secret: ISecret, value: SecretValue): SecretValue {
  return region === secret.stack.region ? value : SecretValue.secretsManager(fixedName(secret));
}

function replicate(secret: ISecret, region: string): void {
  fixedName(secret);
  if (secret instanceof Secret) secret.addReplicaRegion(region);
}

/**
 * The name by which each region knows a secret. An ARN would be handed over by a parameter, which the CDK keeps unchanged for as long
 * as the other region uses it.
 *
 * @throws Error where CloudFormation gives it one
 */
function fixedName({ node }: ISecret): string {
  const name = node.defaultChild instanceof CfnSecret ? node.defaultChild.name : undefined;
  // The CDK's name of what has none is a token of nothing.
  if (name !== undefined && !Token.isUnresolved(name)) return name;
  throw new Error(
    `originSecrets: ${node.path} was made for a distribution in its own region, and has no name by which another region finds it; give SessionService secrets of your own`,
  );
}

/**
 * Secrets that a distribution adds to its requests, one for each number: generated once, and never shown.
 *
 * @param isNamed whether they have fixed names, for a distribution in another region
 * @throws Error where a number is none
 */
export function makeOriginSecrets(
  scope: Construct,
  numbers: readonly number[],
  encryptionKey: IKey | undefined,
  isNamed: boolean,
): Secret[] {
  if (numbers.length === 0 || !numbers.every((number) => Number.isInteger(number) && number >= 1)) {
    throw new Error(`originSecretNumbers must be whole numbers of 1 or more, not [${numbers.join(', ')}]`);
  }
  return numbers.map((number) => {
    const secret = new Secret(scope, number === 1 ? 'OriginSecret' : `OriginSecret${number}`, {
      description: 'Curfew: proves to the API that a request came through the distribution',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      ...(encryptionKey && { encryptionKey }),
      ...(isNamed && { secretName: `${nameInRegion(scope)}-origin-${number}` }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Distribution and functions take it at deployment: rotated alone, it would shut the site out',
    });
    return secret;
  });
}

/** A dynamic reference of CloudFormation, in all but careless hands. */
function unwrap(value: SecretValue): string {
  return value.unsafeUnwrap();
}

/** The functions would not start with it. What CloudFormation looks up is known to them alone. */
function assertUsable(value: SecretValue): void {
  const text = unwrap(value);
  if (Token.isUnresolved(text) || text.startsWith('{{resolve:') || /^[\x21-\x7e]{32,}$/.test(text)) return;
  throw new Error('originSecrets must have 32 or more characters in each, ASCII without spaces');
}
