import { Names, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Leaves room for the name of a region and for what a name is of, within the 64 characters of the narrowest names. */
const MAX_LENGTH = 40;

/** A name that nothing else in the same account and region has: of the stack's name, and the path of the construct in it. */
export function nameInRegion(scope: Construct): string {
  return Names.uniqueResourceName(scope, {
    maxLength: MAX_LENGTH,
    separator: '-',
    allowedSpecialCharacters: '-',
  });
}

/** The same for what an account has once, as everything of CloudFront: the stack may be in another region too. */
export function nameInAccount(scope: Construct, of: string): string {
  return `${nameInRegion(scope)}-${of}-${Stack.of(scope).region}`;
}
