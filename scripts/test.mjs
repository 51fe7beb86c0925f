/** Each check counts as a test. */
import { runChecks } from './checks.mjs'
import { report, runJest } from './jest.mjs'

const checks = await runChecks()
// The list comes last: Jest treats arguments after a list of projects as further projects.
const jest = await runJest([...process.argv.slice(2), '--ignoreProjects=soak'])
report({
  passed: checks.passed + jest.passed,
  failed: checks.failed + jest.failed,
  skipped: jest.skipped,
  failures: [...checks.failures, ...jest.failures],
})
