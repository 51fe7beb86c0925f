import { readFile } from 'node:fs/promises'
import { type LocalStack, type LocalStackOptions, startLocalStack } from '@agent-identity/local'

const ATTEMPTS = 4
export const PORT_IS_TAKEN = /EADDRINUSE|address already in use|was taken during the start/i

/** Longer than a start takes on a busy machine, and shorter than Jest's limit. */
const START_WITHIN_SECONDS = 150

/** Longer than a busy machine's pauses: a call is late only in tests that make it late. */
const PATIENT = {
  AGENTCORE_TIMEOUT_MS: '15000',
  REDIS_COMMAND_TIMEOUT_MS: '8000',
  VENDOR_TIMEOUT_MS: '30000',
  ACCOUNT_TIMEOUT_MS: '30000',
}

/** Another process may take a chosen port: then the stack is started again, on other ports. */
export async function startOnFreePorts(
  options: LocalStackOptions & { logFile: string },
  start = startLocalStack,
): Promise<LocalStack> {
  const environment = { ...PATIENT, ...options.environment }
  const log = () => readFile(options.logFile, 'utf8').catch(() => '')
  for (let attempt = 1; ; attempt++) {
    const { length } = await log()
    try {
      return await start({ startWithinSeconds: START_WITHIN_SECONDS, ...options, environment, port: 0 })
    } catch (error) {
      // The attempts share the log file.
      const said = `${(error as Error).message} ${(await log()).slice(length)}`
      if (attempt === ATTEMPTS || !PORT_IS_TAKEN.test(said)) throw error
    }
  }
}
