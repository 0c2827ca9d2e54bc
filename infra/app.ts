import { App } from 'aws-cdk-lib';
import { readConfiguration } from './configuration.ts';
import { buildStacks } from './stacks/build-stacks.ts';

const app = new App();
buildStacks(app, readConfiguration(app.node));
app.synth();
