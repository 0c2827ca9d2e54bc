/** Node strips the types itself, so nothing is transformed. Kinds of test are told apart by the file's name. */
export default {
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  // What works on the packed tarball, on browsers as processes, in WebKit, at Keycloak, or on many pages takes minutes, and each is a tier of
  // its own: npm run test:package, npm run test:processes, npm run test:webkit, npm run test:extended, npm run test:keycloak.
  testMatch: [
    '<rootDir>/test/**/*.test.ts',
    '!**/*.package.test.ts',
    '!**/*.processes.test.ts',
    '!**/*.webkit.test.ts',
    '!**/*.extended.browser.test.ts',
    '!**/*.keycloak.test.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/cdk.out', '<rootDir>/.build'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/retries.ts'],
  // The goal is five minutes for all of them on two cores, after the build.
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/jest-sequencer.js',
  reporters: ['default', '<rootDir>/scripts/jest-summary.js'],
  // With --coverage (npm run coverage): every line, branch and function of the rules is covered.
  coverageProvider: 'v8',
  collectCoverageFrom: ['core/**/*.ts'],
  coverageReporters: ['text'],
  coverageThreshold: { global: { statements: 100, branches: 100, functions: 100, lines: 100 } },
  testTimeout: 60_000 * Number(process.env.CURFEW_RUNS ?? 1),
};
