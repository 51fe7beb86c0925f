import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { runProgram } from './run-program.mjs'

export async function runJest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'jest-results-'))
  const file = join(directory, 'results.json')
  try {
    // Jest loads ES modules through Node's vm modules.
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
    // Jest's results do not contain the seed.
    const given = /(?:^| )--seed[= ](-?\d+)/.exec(args.join(' '))?.[1]
    const seed = given ?? randomInt(2 ** 31)
    const ours = ['--json', `--outputFile=${file}`, ...(given === undefined ? [`--seed=${seed}`] : [])]
    // A given Redis would be shared by the tests' stacks, without a user for each service.
    const { REDIS_URL: _, ...inherited } = process.env
    // A directory that is removed afterwards: tests leave profiles of browsers that were killed, and outputs of the CDK.
    const environment = { ...inherited, TMPDIR: directory }
    const status = await runProgram(process.execPath, [...node, ...ours, ...args], environment)
    return count(JSON.parse(readFileSync(file, 'utf8')), status, seed)
  } catch (error) {
    console.error(`Jest came to no result: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0, failures: [`Jest: ${error.message}`] }
  } finally {
    // A browser that is ending may still write into the directory.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** A file that does not load has no failed test, and Jest may fail outside of a test: neither may look like success. */
function count(results, status, seed) {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
  const failures = results.testResults.flatMap(failuresOf)
  if (failures.length === 0 && status !== 0) failures.push(`Jest itself, with the exit code ${status}: see above`)
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
    failures: failures.length > 0 ? [...failures, `In the same order again: --seed=${seed}`] : [],
  }
}

function failuresOf({ name, status, assertionResults }) {
  const file = relative(process.cwd(), name)
  const tests = assertionResults.filter((test) => test.status === 'failed')
  if (status === 'failed' && tests.length === 0) return [`${file}: the file itself`]
  return tests.map(({ fullName }) => `${file}: ${fullName}`)
}

/** With the line of the counts, the report has fewer than twenty lines. */
const MOST_LINES = 18

/** The last line, with the counts, is read by programs. Sets the exit code. */
export function report({ passed, failed, skipped, failures }) {
  process.exitCode = failed > 0 ? 1 : 0
  const left = failures.length - MOST_LINES
  // The last failure says how to repeat the order.
  const shown = left > 0 ? [...failures.slice(0, MOST_LINES - 2), `… and ${left + 1} more`, failures.at(-1)] : failures
  for (const line of shown) console.log(line.replaceAll(/\s+/g, ' ').slice(0, 300))
  console.log(`tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
