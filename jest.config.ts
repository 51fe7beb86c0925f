import type { Config } from 'jest'

type Project = Exclude<NonNullable<Config['projects']>[number], string>

const shared: Project = {
  rootDir: import.meta.dirname,
  // Outside the temporary directory of a run: the cache is for the next runs.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  // Copies of our packages are written there.
  modulePathIgnorePatterns: [
    '<rootDir>/cdk.out',
    '<rootDir>/.cache',
    '<rootDir>/packages/agentcore-identity-emulator/dist',
  ],
}

/** One local stack for each worker. */
const onTheLocalStack = {
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
}

/** `fidelity`: of the emulator, against AWS's model and recordings; `stack`: of the local stack; `soak`: tests that take minutes. */
const config: Config = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{packages,services,providers,local,operations,bench,tests/docs,tests/support}/**/*.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'synth',
      testMatch: ['<rootDir>/infra/**/*.test.ts'],
      globalSetup: '<rootDir>/infra/test/global-setup.ts',
      globalTeardown: '<rootDir>/infra/test/global-teardown.ts',
    },
    { ...shared, displayName: 'fidelity', testMatch: ['<rootDir>/tests/fidelity/**/*.test.ts'] },
    {
      ...shared,
      ...onTheLocalStack,
      displayName: 'stack',
      testMatch: ['<rootDir>/tests/{flow,security,browser,resilience}/**/*.test.ts'],
    },
    {
      ...shared,
      ...onTheLocalStack,
      displayName: 'soak',
      testMatch: ['<rootDir>/{tests,packages,services,infra,operations}/**/*.soak.ts'],
    },
  ],
  // More than the cores of the smallest machine: a test of the flow often waits.
  maxWorkers: 3,
  // Modules of ended tests stay in memory.
  workerIdleMemoryLimit: '1GB',
  randomize: true,
  // A busy machine alone must not reach it. Longer than tests/support/patience.ts, whose error names what hangs.
  testTimeout: 180_000,
}

export default config
