import { Lazy, type SecretValue, Token } from 'aws-cdk-lib';
import { HEADERS } from '../../core/contract.ts';

/** The secrets that a distribution may add to its requests: known when the template is written, since a site may bring them later. */
export class OriginSecrets {
  /** The first is what the distribution sends; each is accepted. */
  private values: readonly SecretValue[];

  /** @param given none: those of the site, if there is one */
  constructor(given: readonly SecretValue[] = []) {
    for (const value of given) assertUsable(value);
    this.values = given;
  }

  get areGiven(): boolean {
    return this.values.length > 0;
  }

  /** Takes those of a site, where none were given. */
  offer(values: readonly SecretValue[]): void {
    if (!this.areGiven) this.values = values;
  }

  /** The variable of every function that checks them. Resolves to nothing where there are none. */
  readonly variable = Lazy.string({
    produce: () => (this.areGiven ? this.values.map(unwrap).join(' ') : undefined),
  });

  /** What the distribution adds to its requests to the API. */
  readonly headers: Readonly<Record<string, string>> = {
    [HEADERS.originSecret]: Lazy.string({
      produce: () => {
        const [sent] = this.values;
        if (sent) return unwrap(sent);
        throw new Error('originSecrets: there is none, so the distribution has nothing to send');
      },
    }),
  };
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
