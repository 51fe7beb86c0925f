import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './run-program.mjs'

/** Runs Jest and counts what it did; its own report goes to stderr as it comes. */
export async function runJest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'jest-results-'))
  const file = join(directory, 'results.json')
  try {
    // openid-client, oidc-provider and jose are ES modules only, which Jest loads through Node's vm modules.
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
    const status = await runProgram(process.execPath, [...node, '--json', `--outputFile=${file}`, ...args], process.env)
    return count(JSON.parse(readFileSync(file, 'utf8')), status)
  } catch (error) {
    console.error(`Jest came to no result: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A file that does not load has no failed test, and Jest may fail for what is no test: neither may look like success. */
function count(results, status) {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}

/** The last line, which programs read. */
export function report({ passed, failed, skipped }) {
  process.exitCode = failed > 0 ? 1 : 0
  console.log(`tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
