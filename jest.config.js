/** Node strips the types itself, so nothing is transformed. Kinds of test are told apart by the file's name. */
export default {
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/cdk.out', '<rootDir>/.build'],
  reporters: ['default', '<rootDir>/scripts/jest-summary.js'],
  testTimeout: 60_000,
};
