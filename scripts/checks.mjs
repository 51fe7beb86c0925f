import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const bin = (name) => join('node_modules', '.bin', name)

/** Browser code has the browser's types, not Node's. */
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
  { name: 'plain words', command: [process.execPath, 'scripts/plain-words.mjs'] },
]

/** A small machine has two cores. */
const AT_A_TIME = 2

export async function runChecks() {
  const checks = CHECKS.filter(({ needs }) => !needs || existsSync(needs))
  const waiting = [...checks]
  const failed = []
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) if (!(await passes(check))) failed.push(check)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  return {
    passed: checks.length - failed.length,
    failed: failed.length,
    failures: failed.map(({ name }) => `The check of ${name}`),
  }
}

async function passes({ name, command: [program, ...args] }) {
  const start = performance.now()
  const { failed, output } = await outcomeOf(program, args)
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  console.log(`${failed ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`)
  if (failed) console.log(output)
  return !failed
}

function outcomeOf(program, args) {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: `${stdout}${stderr}` || error?.message }),
    )
  })
}
