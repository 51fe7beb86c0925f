import { hash } from 'node:crypto'
import type { RedisClient } from './redis-client.ts'

/** By text: there are as many as the code has. */
const shas = new Map<string, string>()

/**
 * Runs a script in Redis by its hash, so that its text is sent only to a server that does not know it: a new one, or one that
 * was restarted. That answer says that nothing was executed.
 */
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
