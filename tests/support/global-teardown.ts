import { rm } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { redisRefusals } from './redis-monitor.ts'

export default async function globalTeardown(): Promise<void> {
  const { stacks, directory } = globalThis.runningStacks ?? { stacks: [], directory: undefined }
  // A refusal of background work may fail no test, so it is checked here.
  const refusals = await Promise.all(stacks.map(({ redis }) => refusalsAt(redis)))
  await Promise.all(stacks.map((stack) => stack.stop()))
  if (directory) await rm(directory, { recursive: true, force: true })
  if (refusals.flat().length > 0)
    throw new Error(`Redis has refused these commands of the services:\n${refusals.flat().join('\n')}`)
}

async function refusalsAt(url: string): Promise<string[]> {
  const redis = new Redis(url)
  try {
    return await redisRefusals(redis)
  } finally {
    redis.disconnect()
  }
}
