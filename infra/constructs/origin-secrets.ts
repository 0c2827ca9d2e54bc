import { Fn, Lazy, RemovalPolicy, SecretValue, Stack, Token, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { HEADERS } from '../../core/contract.ts';

/** The secrets that a distribution may add to its requests: known when the template is written, since a site may bring them later. */
export class OriginSecrets {
  /** The first is what the distribution sends; each is accepted. */
  private values: readonly SecretValue[];
  /** The secret of the first, where it is known. */
  private first: ISecret | undefined;
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
    this.first = secrets[0];
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
        if (sent) return unwrap(this.first ? valueIn(Stack.of(scope), this.first, sent) : sent);
        throw new Error('originSecrets: there is none, so the distribution has nothing to send');
      },
    }),
  };
}

/** CloudFormation looks a secret up in the region of the stack: for one that is elsewhere, the secret has a replica there. */
function valueIn({ partition, region, account }: Stack, secret: ISecret, value: SecretValue): SecretValue {
  if (region === secret.stack.region) return value;
  const name = Fn.select(6, Fn.split(':', secret.secretArn));
  return SecretValue.secretsManager(`arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`);
}

/**
 * Secrets that a distribution adds to its requests, one for each number: generated once, and never shown.
 *
 * @throws Error where a number is none
 */
export function makeOriginSecrets(
  scope: Construct,
  numbers: readonly number[],
  encryptionKey: IKey | undefined,
): Secret[] {
  if (numbers.length === 0 || !numbers.every((number) => Number.isInteger(number) && number >= 1)) {
    throw new Error(`originSecretNumbers must be whole numbers of 1 or more, not [${numbers.join(', ')}]`);
  }
  return numbers.map((number) => {
    const secret = new Secret(scope, number === 1 ? 'OriginSecret' : `OriginSecret${number}`, {
      description: 'Curfew: proves to the API that a request came through the distribution',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      ...(encryptionKey && { encryptionKey }),
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
