import type { AuthorizationId } from '@agent-identity/contracts'
import { startTestRedis } from '@agent-identity/test-redis'
import { expect } from '@jest/globals'
import { outside, type Replica, SCOPES, startReplica, UNNAMED } from './disconnecting.ts'

export const AN_AUTHORIZATION = `${'s'.repeat(22)}.${'a'.repeat(22)}` as AuthorizationId

export async function startTwoReplicas() {
  const server = await startTestRedis()
  const world = outside()
  const [one, other] = [await startReplica(server, world), await startReplica(server, world)]
  return {
    world,
    one,
    other,

    async reset() {
      await one.redis.flushall()
      Object.assign(world, outside())
      for (const { said, ended, told } of [one, other]) for (const list of [said, ended, told]) list.length = 0
    },

    async connected(token = 'first'): Promise<void> {
      world.vault.set(SCOPES, token)
      expect((await one.connect(token, (await one.find())?.generation ?? 0)).outcome).toBe('connected')
    },

    stop: () => server.stop(),
  }
}

/** Resolves when the call is under way; `call` then rejects when it is aborted. */
export async function callUnderWay(replica: Replica) {
  const begun = Promise.withResolvers<void>()
  const call = replica.calls.during(UNNAMED, (signal) => {
    begun.resolve()
    return new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  call.catch(() => undefined)
  await begun.promise
  return { call }
}
