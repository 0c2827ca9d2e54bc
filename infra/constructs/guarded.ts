import {
  Alias,
  type IFunction,
  Function as LambdaFunction,
  SingletonFunction,
  Version,
} from 'aws-cdk-lib/aws-lambda';
import type { FunctionEnvironment } from '../../core/contract.ts';

/**
 * Adds variables to a function, or to the one that an alias or a version is of.
 *
 * @throws Error for a function that was made elsewhere, and for one of CloudFront, naming the variables that it needs
 */
export function addVariables(handler: IFunction, variables: FunctionEnvironment): void {
  const configurable = configurableOf(handler);
  if (!configurable) {
    const names = Object.keys(variables).join(', ');
    throw new Error(
      `protect: ${handler.node.path} is not made here, so that no variable can be added to it. Give it those of guardEnvironment (${names}) where it is made, and call grantGuard() with its role`,
    );
  }
  for (const [name, value] of Object.entries(variables)) configurable.addEnvironment(name, value);
}

function configurableOf(handler: IFunction): LambdaFunction | SingletonFunction | undefined {
  if (handler instanceof Alias) return configurableOf(handler.version.lambda);
  if (handler instanceof Version) return configurableOf(handler.lambda);
  return handler instanceof LambdaFunction || handler instanceof SingletonFunction ? handler : undefined;
}
