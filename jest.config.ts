import type { Config } from 'jest'

type Project = Exclude<NonNullable<Config['projects']>[number], string>

const shared: Project = {
  rootDir: import.meta.dirname,
  // Jest's default is under the temporary directory, which scripts/jest.mjs deletes after each run.
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
  // These directories may contain copies of our packages.
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

/** These start programs: the commands, cfn-lint, Redis, esbuild. */
const WITH_PROGRAMS = '<rootDir>/infra/test/{cfn-lint,commands,commands-aws,diff,images,redis-access*}.test.ts'

const onTheTemplates = {
  globalSetup: '<rootDir>/infra/test/global-setup.ts',
  globalTeardown: '<rootDir>/infra/test/global-teardown.ts',
}

/** `synth` tests the templates, in under a minute; `fidelity` compares the emulator with AWS's model and recordings; `stack` tests the local stack; the tests of `soak` take minutes. */
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
      ...onTheTemplates,
      displayName: 'synth',
      testMatch: ['<rootDir>/infra/**/*.test.ts', `!${WITH_PROGRAMS}`],
    },
    { ...shared, ...onTheTemplates, displayName: 'commands', testMatch: [WITH_PROGRAMS] },
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
  // Independent of the number of cores: a test of the flow often waits.
  maxWorkers: 3,
  // Modules of ended tests stay in a worker's memory. Above this limit, Jest replaces an idle worker.
  workerIdleMemoryLimit: '1GB',
  randomize: true,
  // Enough on a busy machine, and longer than the waits of tests/support/patience.ts, whose errors name what hangs.
  testTimeout: 180_000,
}

export default config
