import {
  type AuthorizationId,
  connectionKey,
  type PendingAuthorization,
  REVOCATIONS_DUE_KEY,
  revocationKey,
  vendorCallsKey,
} from '@agent-identity/contracts'
import { createLogger, DisconnectedError } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { latchAbsent } from '../erasures/latch-absent.ts'
import {
  type Outside,
  outside,
  PROVIDER,
  type Replica,
  SCOPES,
  startReplica,
  UNNAMED,
  USER,
} from '../test-support/disconnecting.ts'
import { createConnectionCalls } from './connection-calls.ts'
import { needsNewConsent } from './connection-state.ts'
import { AGENTCORE_ASKED_FOR_MS, REFUSED_FOR_MS } from './revocation-steps.ts'

const AN_AUTHORIZATION = `${'s'.repeat(22)}.${'a'.repeat(22)}` as AuthorizationId

let server: TestRedis
let world: Outside
let [one, other]: [Replica, Replica] = [undefined as never, undefined as never]

beforeAll(async () => {
  server = await startTestRedis()
  world = outside()
  ;[one, other] = [await startReplica(server, world), await startReplica(server, world)]
})
afterAll(() => server.stop())
beforeEach(async () => {
  await one.redis.flushall()
  Object.assign(world, outside())
  for (const { said } of [one, other]) said.length = 0
})

async function connected(token = 'first'): Promise<void> {
  world.vault.set(SCOPES, token)
  expect((await one.connect(token, (await one.find())?.generation ?? 0)).outcome).toBe('connected')
}

/** Resolves when it is under way, and says when it was aborted. */
async function callUnderWay(replica: Replica) {
  const begun = Promise.withResolvers<void>()
  const call = replica.calls.during(UNNAMED, (signal) => {
    begun.resolve()
    return new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  call.catch(() => undefined)
  await begun.promise
  return { call }
}

test('once it is answered nothing is called any more, the vault has forgotten, the vendor has ended the token', async () => {
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

test('a call whose user disconnects after its connection was read, and before it begins, does not begin', async () => {
  await connected()
  let isFirst = true
  const records: Replica['records'] = {
    ...one.records,
    async read(...of) {
      const found = await one.records.read(...of)
      if (isFirst) {
        isFirst = false
        await other.disconnect()
      }
      return found
    },
  }
  const log = createLogger({ service: 'test', level: 'silent' })
  // This replica gets no message about the latch: only the comparison in Redis can refuse the call.
  const { redis, subscriber } = { redis: one.redis, subscriber: one.redis.duplicate({ lazyConnect: true }) }
  const calls = createConnectionCalls({ redis, subscriber, records, uses: one.uses, clock: () => world.now, log })
  let called = 0
  const call = calls.during(UNNAMED, async () => called++)
  await expect(call).rejects.toThrow(DisconnectedError)
  expect(called).toBe(0)
})

test('what is under way is aborted, also on another replica, and waited for', async () => {
  await connected()
  const calls = await Promise.all([callUnderWay(one), callUnderWay(other)])
  const ended = one.disconnect()
  for (const { call } of calls) await expect(call).rejects.toThrow(DisconnectedError)
  await ended
  expect(await one.redis.zcard(vendorCallsKey(UNNAMED))).toBe(0)
})

test('a replica that Redis does not let subscribe says so, begins nothing after a latch, and stops what was under way', async () => {
  await connected()
  const subscriber = one.redis.duplicate()
  await new Promise((resolve) => subscriber.once('ready', resolve))
  subscriber.subscribe = async () => {
    throw new Error('NOPERM')
  }
  const warned: unknown[] = []
  const log = { warn: (...line: unknown[]) => void warned.push(line) } as never
  const { redis, records, uses } = one
  const deaf = createConnectionCalls({ redis, subscriber, records, uses, clock: () => world.now, log })
  const { call } = await callUnderWay({ ...one, calls: deaf })
  await other.disconnect()
  await expect(call).rejects.toThrow(DisconnectedError)
  await expect(deaf.during(UNNAMED, async () => 'called')).rejects.toThrow(DisconnectedError)
  expect(warned).toHaveLength(1)
  subscriber.disconnect()
})

test('neither the tokens nor anything else of it is to be read in Redis', async () => {
  await connected('a-token-of-the-vendor')
  world.revoke = async () => 'unavailable'
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  const stored = [await one.redis.hgetall(connectionKey(USER, PROVIDER)), await one.redis.get(revocationKey(UNNAMED))]
  expect(JSON.stringify(stored)).not.toMatch(/a-token-of-the-vendor|disconnecting|calendar.readonly/)
  expect((await one.left())?.tokens).toMatchObject([{ token: 'a-token-of-the-vendor' }])
  expect(await one.redis.pttl(revocationKey(UNNAMED))).toBeGreaterThan(0)
})

describe('with the vendor away', () => {
  test('another replica asks again until it answers', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    expect(await other.settle()).toEqual({ later: world.now + 1_000 })
    world.now += 60_000
    expect(await other.settle()).toEqual({ later: world.now + 15_000 })
    world.revoke = async () => 'revoked'
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })

  test('it is given up when the token’s time is over, and the record says when that was', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    const tokenEndsAt = world.now + 3_600_000
    world.now = tokenEndsAt
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_confirmed', tokenEndsAt })
    expect(await one.left()).toBeUndefined()
  })

  test('a replica that dies at it is replaced when its claim is over', async () => {
    await connected()
    const asked = Promise.withResolvers<void>()
    world.revoke = () => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    one.disconnect().catch(() => undefined)
    await asked.promise
    const again = await other.settle()
    expect(again).toEqual({ later: expect.any(Number) })
    world.now = (again as { later: number }).later
    world.revoke = async () => 'revoked'
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })
})

test.each([
  [REFUSED_FOR_MS - 1, 'disconnecting', undefined],
  [REFUSED_FOR_MS, 'disconnected', 'not_confirmed'],
] as const)('a vendor that goes on saying no to a token for %i ms: %s', async (ms, status, outcome) => {
  await connected()
  world.revoke = async () => 'refused'
  await one.disconnect()
  for (let times = 0; times < 20; times++) await other.settle()
  world.now += ms
  await other.settle()
  expect(await one.find()).toMatchObject({ status, ...(outcome && { outcome }) })
})

test('the vendor’s patience is each token’s own, and starts over when it is away in between', async () => {
  await connected()
  world.revoke = async () => 'refused'
  await one.disconnect()
  world.now += REFUSED_FOR_MS - 1
  world.vault.set(SCOPES, 'second')
  await other.endLate('second')
  await other.settle()
  world.now += 1
  await other.settle()
  // The first has been refused for so long, the second has not.
  expect(await one.left()).toMatchObject({ notConfirmed: 1, tokens: [{ token: 'second' }] })
  world.revoke = async () => 'unavailable'
  world.now += REFUSED_FOR_MS
  await other.settle()
  world.revoke = async () => 'refused'
  await other.settle()
  expect((await one.left())?.tokens).toHaveLength(1)
})

test.each([
  ['to forget', 1, 'revoked'],
  ['to be read', 0, 'not_revoked'],
] as const)(
  'AgentCore that goes on saying no is asked %s for a day, and no longer',
  async (_what, answered, outcome) => {
    await connected()
    let calls = 0
    world.read = async () => (calls++ < answered ? undefined : 'unavailable')
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    world.now += AGENTCORE_ASKED_FOR_MS - 1
    expect(await other.settle()).not.toBe('settled')
    world.now += 1_000_000
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome })
  },
)

test('AgentCore away: the latch holds, and the token is read and revoked when it is back', async () => {
  await connected()
  world.read = async () => 'unavailable'
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  world.read = async () => undefined
  expect(await other.settle()).toBe('settled')
  expect(await one.find()).toMatchObject({ outcome: 'revoked' })
})

describe('a token that the vault had, and has lost before it was read for its revocation', () => {
  test('is not said to be nothing: it may be alive at the vendor', async () => {
    await connected()
    world.read = async () => 'unavailable'
    await one.disconnect()
    // A request that started over before the latch, or whose execution AgentCore had put off.
    world.vault.clear()
    world.read = async () => undefined
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  })

  test('nor when its user started over, went to the vendor, and gave it up', async () => {
    await connected()
    world.vault.clear()
    await one.connections.consentStarts(UNNAMED, { scopes: SCOPES, parameters: {} })
    expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  })

  test('is revoked still when it is of a consent of before that was bound after the latch: it was read to be connected', async () => {
    await connected()
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    expect((await other.connect('late', 0)).outcome).toBe('superseded')
    expect(await one.settle()).toBe('settled')
    expect([revoked, await one.find()]).toMatchObject([['late'], { status: 'disconnected', outcome: 'revoked' }])
  })

  test('which is not so once it was read: the vendor is asked, and answers', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    world.open = [waiting(1)]
    world.vault.clear()
    world.revoke = async () => 'revoked'
    expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2, outcome: 'revoked' })
  })

  test('and not of a consent that was never given', async () => {
    world.open = [waiting(0)]
    expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'nothing_to_revoke' })
  })

  const waiting = (generation: number) => {
    const record = { status: 'pending', generation, scopes: SCOPES, provider: PROVIDER, expiresAt: world.now + 1 }
    return { id: AN_AUTHORIZATION, record: record as PendingAuthorization }
  }
})

test.each([
  ['without a user session', { userSession: undefined }, undefined],
  ['signed out by now', {}, 'signed-out'],
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

describe('a new consent', () => {
  test('connects again and ends what was not revoked: the vendor would end the new one with it', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await connected('second')
    expect(await other.settle()).toBe('settled')
    expect([await one.left(), await one.find()]).toMatchObject([undefined, { status: 'connected', ended: [] }])
    expect(await other.calls.during(UNNAMED, async () => 'called')).toBe('called')
  })

  test('that is under way is not disturbed: neither forgotten nor revoked meanwhile', async () => {
    await connected()
    world.read = async () => 'unavailable'
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    // It begins while the vault is being read.
    world.read = async () => {
      world.isConsenting = true
      world.vault.set(SCOPES, 'second')
      return undefined
    }
    expect(await other.settle()).toEqual({ later: expect.any(Number) })
    expect([revoked, [...world.vault.values()]]).toEqual([[], ['second']])
  })

  test('waits, before its user goes to the vendor, for the step that a replica is at', async () => {
    await connected()
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<'revoked'>()]
    world.revoke = () => {
      asked.resolve()
      return answer.promise
    }
    const ended = one.disconnect()
    await asked.promise
    let isAtRest = false
    const atRest = other.atRest().then(() => {
      isAtRest = true
    })
    await other.settle()
    expect(isAtRest).toBe(false)
    answer.resolve('revoked')
    await Promise.all([ended, atRest])
    expect(await one.find()).toMatchObject({ status: 'disconnected' })
  })

  test('is asked for only after the token of before was read: a request that starts over takes it out of the vault', async () => {
    await connected()
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<undefined>()]
    world.read = () => {
      asked.resolve()
      return answer.promise
    }
    const ended = one.disconnect()
    await asked.promise
    let isRead = false
    const untilRead = other.untilRead(SCOPES).then((found) => {
      isRead = found
      return found
    })
    // Another entry of the vault is not waited for.
    expect(await other.untilRead('more')).toBe(true)
    expect(isRead).toBe(false)
    answer.resolve(undefined)
    expect([await untilRead, (await ended)?.outcome]).toEqual([true, 'revoked'])
  })

  test('is asked for only after a consent of before, bound a moment ago, was read to be connected, and then to be ended', async () => {
    await connected()
    await one.disconnect()
    const looks = ['bound', 'its connection is superseded', 'its token is read']
    world.findUnchecked = async () => {
      const look = looks.shift()
      if (look === 'bound') return AN_AUTHORIZATION
      if (look === 'its connection is superseded') await other.connect('late', 0)
      else await one.settle()
      return undefined
    }
    expect([await other.untilRead(SCOPES), looks]).toEqual([true, []])
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })

  test('does not wait for the one that connected it, while its user is asked whether the account may be used', async () => {
    world.vault.set(SCOPES, 'first')
    await one.connect('first', 0, AN_AUTHORIZATION)
    world.findUnchecked = async () => AN_AUTHORIZATION
    expect(await other.untilRead(SCOPES)).toBe(true)
  })

  test('that begins once the vault has been asked to forget is not revoked', async () => {
    await connected()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    let calls = 0
    world.read = async () => {
      // The first is the reading.
      if (++calls === 2) world.isConsenting = true
      return undefined
    }
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    expect(revoked).toEqual([])
    world.isConsenting = false
    expect(await one.settle()).toBe('settled')
    expect(revoked).toEqual(['first'])
  })

  test('of before the user disconnected connects nothing, and its token is ended too', async () => {
    await connected()
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    world.vault.set(SCOPES, 'late')
    expect((await other.connect('late', 0)).outcome).toBe('superseded')
    expect(await one.find()).toMatchObject({ status: 'disconnecting' })
    expect(await one.settle()).toBe('settled')
    expect([revoked, await one.find()]).toMatchObject([['late'], { status: 'disconnected' }])
  })
})

test('a consent that was connected while its user was being erased is ended, and what else the vault has is used after another consent only', async () => {
  world.isErased = true
  world.vault.set(SCOPES, 'late')
  expect((await one.connect('late', 0)).outcome).toBe('superseded')
  const latch = await one.find()
  expect(latch).toMatchObject({ status: 'disconnected', outcome: 'revoked', onlyBound: true })
  world.isErased = false
  world.vault.set(SCOPES, 'of the next consent')
  expect((await one.connect('of the next consent', latch?.generation ?? 0)).outcome).toBe('connected')
  const found = await one.find()
  expect(needsNewConsent(found, { scopes: [SCOPES], parameters: {} })).toBe(false)
  expect(needsNewConsent(found, { scopes: ['of-before', SCOPES], parameters: {} })).toBe(true)
})

test('a connection without a record is latched for an erased user: no consent of before connects, nothing of before is used', async () => {
  await latchAbsent(USER, PROVIDER, one.records)
  const latch = await one.find()
  expect(latch).toMatchObject({ status: 'disconnected', onlyBound: true })
  expect(needsNewConsent(latch, { scopes: [SCOPES], parameters: {} })).toBe(true)
  expect((await other.connect('of before', 0)).outcome).toBe('superseded')
  await connected()
  await latchAbsent(USER, PROVIDER, one.records)
  expect((await one.find())?.status).toBe('connected')
})

describe('a consent that is under way for it', () => {
  const open = (status: PendingAuthorization['status'], generation: number) => {
    const record = { status, generation, scopes: SCOPES, provider: PROVIDER, expiresAt: world.now + 1 }
    world.open = [{ id: AN_AUTHORIZATION, record: record as PendingAuthorization }]
  }

  test.each(['pending', 'binding', 'bound', 'unconfirmed'] as const)(
    '%s, to connect again: it connects nothing, and what it bound is ended',
    async (status) => {
      await connected()
      await one.disconnect()
      const revoked: string[] = []
      world.revoke = async (token) => {
        revoked.push(token)
        return 'revoked'
      }
      open(status, 1)
      world.vault.set(SCOPES, 'second')
      expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2, outcome: 'revoked' })
      expect([revoked, (await one.connect('second', 1)).outcome]).toEqual([['second'], 'superseded'])
      // The same one again is nothing new to end.
      await one.settle()
      expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2 })
    },
  )

  test.each(['bound', 'unconfirmed'] as const)(
    '%s, the first one, before its connection is written',
    async (status) => {
      open(status, 0)
      world.vault.set(SCOPES, 'first')
      expect(await one.disconnect()).toMatchObject({ status: 'disconnected', generation: 1, outcome: 'revoked' })
      expect((await other.connect('first', 0)).outcome).toBe('superseded')
    },
  )

  test('what was left to revoke before stays to be revoked', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    open('bound', 1)
    world.vault.set(SCOPES, 'second')
    await other.disconnect()
    expect((await one.left())?.tokens.map(({ token }) => token)).toEqual(['first', 'second'])
  })

  test('what became of the token before stays part of the outcome', async () => {
    await connected()
    await one.disconnect({ userSession: undefined })
    open('pending', 1)
    world.vault.clear()
    expect(await one.disconnect()).toMatchObject({ generation: 2, outcome: 'not_revoked' })
  })

  test('that has expired is none', async () => {
    open('pending', 0)
    world.now += 1
    expect(await one.disconnect()).toBeUndefined()
  })
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

test('twice at once it is latched once', async () => {
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
