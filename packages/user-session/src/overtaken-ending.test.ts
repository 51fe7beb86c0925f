import { USER_SESSION_ENDED_CHANNEL } from '@agent-identity/contracts'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser } from './test-support/browser.ts'
import { createGate } from './test-support/gate.ts'
import { logoutsAt } from './test-support/logouts.ts'
import { aLongerLife, tokensOf } from './test-support/tokens-of.ts'
import { type Replica, refOf, startWorld } from './test-support/world.ts'

const world = await startWorld(undefined, { issuerEndsSessions: true })
beforeEach(() => world.reset())
afterAll(() => world.stop())

const { token, send } = logoutsAt(world)

/** A replica whose first command to end a user session waits at a gate. */
async function slowReplica(onAudit: (event: { event: string }) => void) {
  const { gate, reached, open } = createGate()
  const redis = await world.redisServer.connect()
  const evalsha = redis.evalsha.bind(redis) as (...command: unknown[]) => Promise<unknown>
  let waited = false
  redis.evalsha = (async (...command: unknown[]) => {
    if (command.includes(USER_SESSION_ENDED_CHANNEL) && !waited) {
      waited = true
      await gate()
    }
    return evalsha(...command)
  }) as typeof redis.evalsha
  return { replica: await world.replica({ redis, onAudit }), reached, open }
}

async function bobSignsIn(alice: Browser, at: Replica) {
  const bob = world.browser('bob', [at])
  for (const [name, value] of alice.cookies) bob.cookies.set(name, value)
  await bob.navigate('/auth/sign-in')
}

test.each<[string, (alice: Browser, at: Replica) => Promise<unknown>]>([
  ['a sign-out', (alice) => alice.post('/auth/sign-out', { replica: 2 })],
  ['a logout token', (_alice, at) => send(token(), at.url)],
  ['another user’s sign-in in the same browser', bobSignsIn],
])('%s revokes the refresh token that another replica got just before', async (_what, end) => {
  const revoked = Promise.withResolvers<void>()
  const { replica, reached, open } = await slowReplica(
    ({ event }) => void (event === 'refresh_token_revocation' && revoked.resolve()),
  )
  const alice = await world.signedIn('alice', [...world.replicas, replica])
  const ref = await refOf(alice)
  const tokens = tokensOf(world, ref)
  const { refreshToken: spent } = await tokens.opened()
  world.advance(60)

  const ending = end(alice, replica)
  await reached()
  expect(await tokens.accessToken(0, aLongerLife)).toMatchObject({ outcome: 'token' })
  const { refreshToken: newest } = await tokens.opened()
  open()
  await ending
  await revoked.promise
  expect(newest).not.toBe(spent)
  expect(world.issuer.revoked).toEqual([newest])
  expect(await world.keys(`*${ref}*`)).toEqual([])
})
