import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const bin = (name) => join('node_modules', '.bin', name)

/** What runs in a browser is a TypeScript project of its own: it sees the browser's types, not Node's. */
const PAGE_CLIENT = 'services/agent-workload/src/page/client/tsconfig.json'
const INSPECTOR_CLIENT = 'packages/agentcore-identity-emulator/src/inspector/static/tsconfig.json'

const CHECKS = [
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'types of the CDK app', command: [bin('tsc'), '-p', 'infra/tsconfig.json'] },
  { name: 'types of the chat page', command: [bin('tsc'), '-p', PAGE_CLIENT], needs: PAGE_CLIENT },
  { name: 'types of the inspector', command: [bin('tsc'), '-p', INSPECTOR_CLIENT], needs: INSPECTOR_CLIENT },
  { name: 'lint, format, import rules', command: [bin('biome'), 'check', '--error-on-warnings'] },
  { name: 'dead code', command: [bin('knip')] },
  { name: 'licences of packages', command: [process.execPath, 'scripts/licences.mjs'] },
]

/** Runs every check, prints a line for each with its time, and the output of those that failed. */
export function runChecks() {
  const checks = CHECKS.filter(({ needs }) => !needs || existsSync(needs))
  const failed = checks.filter(({ name, command: [program, ...args] }) => {
    const start = performance.now()
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    const seconds = ((performance.now() - start) / 1_000).toFixed(1)
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (status !== 0) console.log(`${stdout}${stderr}`)
    return status !== 0
  })
  return {
    passed: checks.length - failed.length,
    failed: failed.length,
    failures: failed.map(({ name }) => `The check of ${name}`),
  }
}
