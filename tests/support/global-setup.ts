import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SynthesizedServices } from '@agent-identity/infra/synthesized-service'
import type { LocalStack } from '@agent-identity/local'
import { STACKS_FILE_VARIABLE } from './stacks-file.ts'
import { startOnFreePorts } from './start-on-free-ports.ts'
import { deploymentOf, synthesize } from './synthesized.ts'

declare global {
  var runningStacks: { stacks: LocalStack[]; directory: string }
}

/** Enough users that no test uses one of another test. */
const PEOPLE = Array.from({ length: 2_000 }, (_, n) => `user-${n + 1}`)

/**
 * One local stack per worker, with the policies, the Redis permissions and most of the variables that the CDK app synthesizes. A missing permission
 * for AgentCore or Redis fails the tests that use it.
 */
export default async function globalSetup({ maxWorkers }: { maxWorkers: number }): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-tests-'))
  const logFiles = Array.from({ length: maxWorkers }, (_, n) => join(directory, `stack-${n + 1}.log`))
  const running: LocalStack[] = []
  globalThis.runningStacks = { stacks: running, directory }
  const services = await synthesize('sandbox')
  const synthesized: SynthesizedServices[] = []
  // One after the other: in parallel their processes would compete for the CPU.
  for (const [n, logFile] of logFiles.entries()) {
    running.push(
      await startOnFreePorts({
        replicas: 2,
        extraUsers: PEOPLE,
        logFile,
        identityAssumptions: { deniedConsent: 'return' },
        deploy: (surroundings) => {
          const own = services(surroundings)
          synthesized[n] = own
          return deploymentOf(own)
        },
      }),
    )
  }
  const stacks = running.map(({ stop: _stop, ...stack }, n) => ({
    ...stack,
    logFile: logFiles[n],
    synthesized: synthesized[n],
  }))
  const file = join(directory, 'stacks.json')
  // In a file: the size of a process's environment is limited.
  writeFileSync(file, JSON.stringify(stacks), { mode: 0o600 })
  process.env[STACKS_FILE_VARIABLE] = file
}
