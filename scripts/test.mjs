/**
 * Each check counts as a test. Without the checks: `npm test -- PATH…` runs these test files alone, and `npm test -- --selectProjects synth` the
 * tests of one project.
 */
import { existsSync } from 'node:fs'
import { runChecks } from './checks.mjs'
import { report, runJest } from './jest.mjs'

const args = process.argv.slice(2)
const paths = args.filter((argument) => !argument.startsWith('-') && existsSync(argument))
const isPart = paths.length > 0 || args.some((argument) => argument.startsWith('--selectProjects'))

const checks = isPart ? { passed: 0, failed: 0, failures: [] } : await runChecks()
// The list comes last: Jest treats arguments after a list of projects as further projects.
const jest = await runJest([...args, '--ignoreProjects=soak'])
report({
  passed: checks.passed + jest.passed,
  failed: checks.failed + jest.failed,
  skipped: jest.skipped,
  failures: [...checks.failures, ...jest.failures],
})
