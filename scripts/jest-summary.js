/**
 * Jest's closing lines go to stderr in a form of its own. This reporter ends the run's standard output with
 * `N passed, N failed`, so that whoever reads the log finds the result in its last line. Before it stand the tests that passed at a later try.
 */
export default class JestSummary {
  onRunComplete(_contexts, results) {
    // A suite that could not even be loaded has no tests in it: it counts as one failure, or it would vanish.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : '';
    const retried = results.testResults
      .flatMap(({ testResults }) => testResults)
      .filter(({ status, invocations }) => status === 'passed' && invocations > 1)
      .map(({ fullName }) => `passed at a later try: ${fullName}\n`);
    const sum = `${results.numPassedTests} passed, ${failed} failed${skipped}`;
    process.once('exit', () => console.log(`${retried.join('')}${sum}`));
  }
}
