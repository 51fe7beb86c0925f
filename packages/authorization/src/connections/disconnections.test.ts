import {
  type AuthorizationId,
  connectionKey,
  disconnectionIdOf,
  type PendingAuthorization,
  REVOCATIONS_DUE_KEY,
  revocationKey,
} from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { withoutLimit } from '../test-support/without-limit.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterEach(() => void jest.restoreAllMocks())
afterAll(stop)

test('once a disconnection is answered nothing is called any more, the vault has forgotten, the vendor has ended the token', async () => {
  await connected()
  const revoked: string[] = []
  world.revoke = async (token) => {
    // By now nothing may begin, on any replica.
    await expect(other.calls.during(UNNAMED, async () => 'called')).rejects.toThrow(DisconnectedError)
    revoked.push(token)
    return 'revoked'
  }
  expect(await one.disconnect()).toMatchObject({
    status: 'disconnected',
    outcome: 'revoked',
    generation: 1,
    scopes: '',
  })
  expect([revoked, [...world.vault], await one.left()]).toEqual([['first'], [], undefined])
  expect(one.said.map(({ event }) => event)).toEqual([
    'account_connected',
    'connection_latched',
    'revocation_prepared',
    'vault_entry_cleared',
    'revocation_answered',
    'disconnected',
  ])
})

test('neither the tokens nor anything else of an ended connection can be read in Redis', async () => {
  await connected('a-token-of-the-vendor')
  world.revoke = async () => 'unavailable'
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  const stored = [await one.redis.hgetall(connectionKey(USER, PROVIDER)), await one.redis.get(revocationKey(UNNAMED))]
  expect(JSON.stringify(stored)).not.toMatch(/a-token-of-the-vendor|disconnecting|calendar.readonly/)
  expect((await one.left())?.tokens).toMatchObject([{ token: 'a-token-of-the-vendor' }])
  expect(await one.redis.pttl(revocationKey(UNNAMED))).toBeGreaterThan(0)
})

test.each([
  ['without a user session', { userSession: undefined }, undefined],
  ['after the user has signed out', {}, 'signed-out'],
] as const)(
  '%s nothing can be read from the vault: it is latched, and recorded as not revoked',
  async (_what, who, problem) => {
    await connected()
    world.read = async () => problem
    expect(await one.disconnect(who)).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
    await expect(other.calls.during(UNNAMED, async () => 'called')).rejects.toThrow(DisconnectedError)
  },
)

test('a record of what is left that is deleted in Redis leaves the latch, and says that nothing was revoked', async () => {
  await connected()
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  await one.redis.del(revocationKey(UNNAMED))
  expect(await other.settle()).toBe('settled')
  expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
})

test('work that is added while what was there is being settled stays due', async () => {
  await connected()
  await one.disconnect()
  world.settle = async () => {
    world.now += 1
    await other.endLate('late')
    return 'settled'
  }
  await one.settleDue()
  expect(await one.redis.zcard(REVOCATIONS_DUE_KEY)).toBe(1)
  world.settle = undefined
  expect(await one.settleDue()).toBe('settled')
  expect(await one.redis.zcard(REVOCATIONS_DUE_KEY)).toBe(0)
})

test('work that is added after a replica has looked, and before it is written, is due', async () => {
  await connected()
  await one.disconnect()
  await other.endLate('late', () => one.settleDue())
  expect([(await one.find())?.status, await one.redis.zcard(REVOCATIONS_DUE_KEY)]).toEqual(['disconnecting', 1])
})

test('a step that fails after the latch is no failure of the disconnection, and stays due', async () => {
  await connected()
  world.settle = async () => {
    throw new Error('Redis is away')
  }
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  expect(await one.redis.zcard(REVOCATIONS_DUE_KEY)).toBe(1)
})

test('what is left becomes due again when its user disconnects once more', async () => {
  await connected()
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  await one.redis.del(REVOCATIONS_DUE_KEY)
  await other.disconnect()
  expect(await one.redis.zcard(REVOCATIONS_DUE_KEY)).toBe(1)
})

test('a connection that is disconnected several times at once is latched once', async () => {
  await connected()
  await Promise.all([one.disconnect(), other.disconnect(), one.disconnect()])
  expect((await one.find())?.generation).toBe(1)
  const latched = [...one.said, ...other.said].filter(({ event }) => event === 'connection_latched')
  expect(latched).toHaveLength(1)
})

test('what was never connected is nothing to end, and stays so', async () => {
  expect(await one.disconnect()).toBeUndefined()
  expect(await one.redis.keys(`*{${USER}}*`)).toEqual([])
})

test('a replica that dies between the latch and the end of an open consent: another one cancels it, and none that was asked for after the latch', async () => {
  await connected()
  const waiting = (random: string, generation: number) => {
    const record = { ...UNNAMED, status: 'pending', scopes: SCOPES, expiresAt: world.now + 1, generation }
    const id = `${'s'.repeat(22)}.${random.repeat(22)}` as AuthorizationId
    return { id, record: record as unknown as PendingAuthorization }
  }
  const [before, after] = [waiting('a', 0), waiting('b', 1)]
  world.open = [before]
  let looks = 0
  world.list = async () => {
    if (++looks === 2) throw new Error('killed')
    return world.open
  }
  await expect(one.disconnect()).rejects.toThrow('killed')
  expect([(await one.find())?.status, one.ended]).toEqual(['disconnecting', []])

  world.open = [before, after]
  await other.settleDue()
  expect(other.ended).toEqual([before.id])
  expect(other.said[0]).toMatchObject({ event: 'cancelled', authorizationId: before.id, requestId: 'r' })
})

describe('an erasure, after which no replica can read the vault,', () => {
  const consent = (status: PendingAuthorization['status']) => {
    const record = { ...UNNAMED, status, scopes: SCOPES, expiresAt: world.now + 1, generation: 0 }
    return { id: AN_AUTHORIZATION, record: record as unknown as PendingAuthorization }
  }

  test.each(['binding', 'unconfirmed', 'bound'] as const)(
    'never says that there was nothing to revoke of a consent that is %s',
    async (status) => {
      world.open = [consent(status)]
      expect(await one.disconnect({ isErased: true })).toMatchObject({ outcome: 'not_revoked' })
    },
  )

  test('says that a token was revoked which AgentCore has by then, unless another one may follow', async () => {
    for (const [status, outcome] of [
      ['unconfirmed', 'revoked'],
      ['bound', 'revoked'],
      ['binding', 'not_revoked'],
    ] as const) {
      await reset()
      world.vault.set(SCOPES, 'first')
      world.open = [consent(status)]
      expect([status, await one.disconnect({ isErased: true })]).toEqual([status, expect.objectContaining({ outcome })])
    }
  })

  test('is answered when the vault was read, also by another replica', async () => {
    withoutLimit(1_000)
    await connected()
    const reading = Promise.withResolvers<void>()
    const read = Promise.withResolvers<void>()
    world.read = async () => {
      reading.resolve()
      await read.promise
      return undefined
    }
    const first = other.disconnect({ isErased: true })
    await reading.promise
    let isAnswered = false
    const second = one.disconnect({ isErased: true }).then(() => {
      isAnswered = true
    })
    // Waits until the second request has seen that the vault is being read.
    while (Number(await one.redis.zscore(REVOCATIONS_DUE_KEY, disconnectionIdOf(UNNAMED))) < world.now + 60_000);
    for (let n = 0; n < 3; n++) await one.find()
    expect(isAnswered).toBe(false)
    read.resolve()
    await Promise.all([first, second])
    expect(await one.find()).toMatchObject({ outcome: 'revoked' })
  })
})
