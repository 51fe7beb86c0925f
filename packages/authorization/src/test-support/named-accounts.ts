import type { ConnectionRef } from '@agent-identity/contracts'
import { startTestRedis } from '@agent-identity/test-redis'
import { createAccountByHint } from '../connections/account-by-hint.ts'
import { outside, PROVIDER, SCOPES, startReplica, USER } from './disconnecting.ts'

export const bound = (hint?: string, generation = 0) => ({
  ...{ scopes: SCOPES, generation, hint },
  parameters: hint === undefined ? {} : { login_hint: hint },
})

export async function startNamedAccounts() {
  const server = await startTestRedis()
  const world = outside()
  const one = await startReplica(server, world)
  const connectionKeys = { sealWith: 't', keys: { t: 't'.repeat(43) } }
  const authorizations = { listOfUser: async () => [] }
  const byHint = (hint: string, user = USER) =>
    createAccountByHint({ records: one.records, authorizations, connectionKeys, clock: () => world.now })(
      user,
      PROVIDER,
      hint,
    )

  async function refOf(hint: string, user = USER): Promise<ConnectionRef> {
    const found = await byHint(hint, user)
    if (found === 'too-many') throw new Error(found)
    return found.ref
  }

  return {
    world,
    one,
    byHint,
    refOf,

    async connected(hint: string, came = hint, user = USER) {
      world.now += 1
      const ref = await refOf(hint, user)
      return { ref, ...(await one.connections.connected(ref, bound(hint), { name: came })) }
    },

    use: (ref: ConnectionRef) => one.calls.during(ref, async () => 'called'),

    async reset() {
      await one.redis.flushall()
      Object.assign(world, outside())
      one.said.length = 0
    },
    stop: () => server.stop(),
  }
}
