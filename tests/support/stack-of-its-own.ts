import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalStackOptions } from '@agent-identity/local'
import type { Stack } from './stack.ts'
import { startOnFreePorts } from './start-on-free-ports.ts'

export async function startStackOfItsOwn(
  environment: Readonly<Record<string, string>> = {},
  {
    caFile,
    ...more
  }: Pick<
    LocalStackOptions,
    | 'replicas'
    | 'mcp'
    | 'environments'
    | 'extraUsers'
    | 'deploy'
    | 'redisAccess'
    | 'redisUrls'
    | 'imports'
    | 'identityAssumptions'
    | 'signInHabit'
    | 'vendorVariants'
    | 'vendorHabits'
  > & {
    /** Trusted by the stack's processes in addition to the default certificates. */
    caFile?: string
  } = {},
): Promise<Stack & { stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-tests-'))
  const logFile = join(directory, 'stack.log')
  const extraUsers = Array.from({ length: 20 }, (_, n) => `user-${n + 1}`)
  const { NODE_EXTRA_CA_CERTS: before } = process.env
  if (caFile) process.env.NODE_EXTRA_CA_CERTS = caFile
  const stack = await startOnFreePorts({
    replicas: 2,
    extraUsers,
    logFile,
    environment,
    ...more,
    identityAssumptions: { deniedConsent: 'return', ...more.identityAssumptions },
  }).finally(() => {
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS
    else process.env.NODE_EXTRA_CA_CERTS = before
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
