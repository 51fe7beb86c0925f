import { join } from 'node:path'
import type { Config } from 'jest'
import everything from '../../jest.config.ts'

const root = join(import.meta.dirname, '..', '..')
const unit = everything.projects?.find((project) => typeof project !== 'string' && project.displayName === 'unit')
if (typeof unit !== 'object') throw new Error('There is no project of unit tests')
const { displayName: _, ...project } = unit

/** In Stryker's copy of the repository, `packages/` must be loaded from there, not through node_modules. */
const config: Config = {
  ...project,
  rootDir: root,
  testMatch: (process.env.MUTATION_TESTS ?? '').split(' ').map((pattern) => `<rootDir>/${pattern}`),
  moduleNameMapper: { '^@agent-identity/([^/]+)$': '<rootDir>/packages/$1/src/index.ts' },
  testTimeout: 10_000,
}

export default config
