import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { readConfiguration } from './configuration.ts';
import { DemoStack } from './stack.ts';

/** The app as its CDK context configures it, with the checks that its synthesis must pass. */
export function buildApp(app: App): DemoStack {
  const configuration = readConfiguration((key) => app.node.tryGetContext(key));
  const { stage } = configuration;
  const stack = new DemoStack(app, stage === 'production' ? 'Curfew' : `Curfew-${stage}`, configuration);
  // The local stage is synthesized at every start and never deployed.
  if (stage === 'local') return stack;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  if (configuration.rulePacks) {
    const packs = [PCIDSS321Checks, HIPAASecurityChecks, NIST80053R5Checks];
    Validations.of(app).addPlugins(...packs.map((Pack) => new Pack(app)));
  }
  return stack;
}

if (import.meta.main) {
  const app = new App();
  buildApp(app);
  app.synth();
}
