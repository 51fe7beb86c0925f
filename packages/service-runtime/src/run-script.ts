import { hash } from 'node:crypto'
import type { RedisClient } from './redis-client.ts'

/** SHA-1 by text. Scripts are constants: the map stays small. */
const shas = new Map<string, string>()

/** The text is sent when the server does not know its hash (NOSCRIPT): then nothing was executed. */
export async function runScript(
  redis: RedisClient,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const sha = shas.get(script) ?? hash('sha1', script)
  shas.set(script, sha)
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return redis.eval(script, keys.length, ...keys, ...args)
  }
}
