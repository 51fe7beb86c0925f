import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalStack } from '@agent-identity/local'
import type { Stack } from './stack.ts'

/** For a test that breaks things. */
export async function startStackOfItsOwn(
  environment: Readonly<Record<string, string>> = {},
): Promise<Stack & { stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-tests-'))
  const logFile = join(directory, 'stack.log')
  const extraUsers = Array.from({ length: 20 }, (_, n) => `user-${n + 1}`)
  const stack = await startLocalStack({
    port: 0,
    replicas: 2,
    extraUsers,
    logFile,
    environment,
    deniedConsent: 'return',
  })
  return {
    ...stack,
    logFile,
    async stop() {
      await stack.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
