import {
  type ConnectionRecord,
  connectionKey,
  type Revocation,
  type RevocationWay,
  revocationKey,
} from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'
import { AGENTCORE_ASKED_FOR_MS } from './revocation-steps.ts'
import { type SettleRevocationPorts, settleRevocation } from './settle-revocation.ts'

const { world, one, reset, stop } = await startTwoReplicas()
const entry = { scopes: SCOPES, parameters: {} }
const said: unknown[] = []
const atVendor: string[] = []
const WHO = { requestId: 'r', userSession: 's'.repeat(22), user: USER, provider: PROVIDER }
beforeEach(async () => {
  await reset()
  said.length = 0
  atVendor.length = 0
  world.vault.set(SCOPES, 'first')
  world.revoke = async (token) => {
    atVendor.push(token)
    return 'revoked'
  }
})
afterAll(stop)

async function ending(left: Partial<Revocation> | undefined = {}, record: Partial<ConnectionRecord> = {}) {
  const none = { toRead: [], toForget: [], tokens: [], revoked: 0, notConfirmed: 0, notRead: 0, claimedUntil: 0 }
  const { requestId, userSession } = WHO
  const next = { ...none, requestId, userSession, accounts: ['alice'], since: world.now, ...left } as Revocation
  const latched = connectionRecord({ status: 'disconnecting', generation: 1, entries: [entry], ...record })
  await one.records.write(UNNAMED, await one.records.read(UNNAMED), latched, { next })
}
const lost = () => one.redis.del(revocationKey(UNNAMED))
const settle = (more: Partial<SettleRevocationPorts> = {}) =>
  settleRevocation(UNNAMED, { ...one.ports, audit: (event) => void said.push(event), ...more })

/** The nth write fails, as when another replica has written first. */
const overtakenAt = (nth: number): Pick<SettleRevocationPorts, 'records'> => {
  let writes = 0
  return {
    records: {
      ...one.records,
      write: async (...change) => (++writes === nth ? undefined : one.records.write(...change)),
    },
  }
}

describe('the end of a revocation', () => {
  const IMPOSSIBLE: RevocationWay = { by: 'impossible' }
  test.each<[Partial<Revocation>, RevocationWay | undefined, ConnectionRecord['outcome']]>([
    [{}, undefined, 'nothing_to_revoke'],
    [{ revoked: 1 }, undefined, 'revoked'],
    [{ revoked: 1, notConfirmed: 1, tokenEndsAt: 7 }, undefined, 'not_confirmed'],
    [{ notConfirmed: 1, endKnown: 1, tokenEndsAt: 7 }, IMPOSSIBLE, 'cannot_be_revoked'],
    [{ notConfirmed: 2, endKnown: 2, tokenEndsAt: 7 }, IMPOSSIBLE, 'cannot_be_revoked'],
    // Another token may live on.
    [{ notConfirmed: 2, endKnown: 1, tokenEndsAt: 7 }, IMPOSSIBLE, 'not_confirmed'],
    // A `Revocation` of an earlier version has no `endKnown`.
    [{ notConfirmed: 1, tokenEndsAt: 7 }, IMPOSSIBLE, 'not_confirmed'],
    [{ notConfirmed: 1 }, IMPOSSIBLE, 'not_confirmed'],
    [{ revoked: 1, notConfirmed: 1, notRead: 1 }, IMPOSSIBLE, 'not_revoked'],
  ])('with %j is the worst of what became of the tokens', async (left, way, outcome) => {
    await ending(left)
    expect(await settle(way && { wayOf: () => way })).toBe('settled')
    const { tokenEndsAt } = left
    const record = await one.find()
    expect(record).toMatchObject({ status: 'disconnected', outcome, ...(tokenEndsAt && { tokenEndsAt }) })
    if (!tokenEndsAt) expect(record).not.toHaveProperty('tokenEndsAt')
    expect(said).toStrictEqual([{ event: 'disconnected', ...WHO, outcome }])
    expect(await one.redis.exists(revocationKey(UNNAMED))).toBe(0)
  })

  test('where what was left is lost is that it was not revoked, by an unknown request', async () => {
    await ending()
    await lost()
    expect(await settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
    expect(said).toMatchObject([{ event: 'disconnected', requestId: 'unknown', outcome: 'not_revoked' }])
    expect(atVendor).toEqual([])
  })

  test('where the connection is lost is that it was not revoked', async () => {
    await ending()
    await one.redis.del(connectionKey(USER, PROVIDER))
    expect(await settle()).toBe('settled')
    expect(said).toMatchObject([{ event: 'disconnected', requestId: 'unknown', outcome: 'not_revoked' }])
    expect(atVendor).toEqual([])
  })

  test('leaves what another account has connected in its place', async () => {
    const tokens = [{ token: 'of alice', endsAt: world.now + 1, endsByItself: true }]
    await ending({ tokens }, { status: 'connected', account: 'bob' })
    const before = await one.find()
    expect(await settle()).toBe('settled')
    const { revocation: _, ...rest } = before as ConnectionRecord
    expect([await one.find(), atVendor]).toEqual([rest, ['of alice']])
    expect(said.at(-1)).toMatchObject({ event: 'disconnected', outcome: 'revoked' })
  })
})

test.each<[string, () => Promise<unknown>]>([
  ['no connection', async () => undefined],
  ['a connection that is not ended', () => one.connect('first', 0)],
])('of %s nothing is left, and nothing is written', async (_what, given) => {
  await given()
  const before = await one.redis.hgetall(connectionKey(USER, PROVIDER))
  expect(await settle(overtakenAt(1))).toBe('settled')
  expect([await one.redis.hgetall(connectionKey(USER, PROVIDER)), said, atVendor]).toEqual([before, [], []])
})

describe('it goes on later', () => {
  const later = (ms: number) => ({ later: world.now + ms })

  test('when its user consents at this moment: nothing is claimed, read or revoked', async () => {
    await ending({ toRead: [entry] })
    world.isConsenting = true
    expect(await settle()).toEqual(later(5_000))
    expect(await one.left()).toMatchObject({ claimedUntil: 0, toRead: [entry], tokens: [] })
  })

  test('when their consent begins while the vault is read: what was read is not kept, and the claim is given back', async () => {
    await ending({ toRead: [entry] })
    world.read = async () => {
      world.isConsenting = true
      return undefined
    }
    expect(await settle()).toEqual(later(5_000))
    expect(await one.left()).toMatchObject({ claimedUntil: 0, toRead: [entry], tokens: [] })
    expect(world.vault.size).toBe(1)
  })

  test('when another replica works on it, at the end of its claim', async () => {
    await ending({ toRead: [entry], claimedUntil: world.now + 7 })
    expect(await settle()).toEqual(later(7))
    world.now += 7
    expect(await settle()).toBe('settled')
  })

  test.each([
    ['claimed', 1, { claimedUntil: 0, toRead: [entry] }, 1],
    ['kept', 2, { toRead: [entry], tokens: [] }, 1],
    ['ended', 3, { toRead: [], tokens: [{ token: 'first' }] }, 0],
  ])('when another replica has changed it before it is %s', async (_step, nth, left, inVault) => {
    await ending({ toRead: [entry] })
    expect(await settle(overtakenAt(nth))).toEqual(later(1_000))
    expect(await one.left()).toMatchObject(left)
    expect([world.vault.size, atVendor.length]).toEqual([inVault, 1 - inVault])
    expect((await one.find())?.status).toBe('disconnecting')
  })

  test('claims it for a minute meanwhile', async () => {
    await ending({ toRead: [entry] })
    let claimedUntil: number | undefined
    world.read = async () => {
      claimedUntil = (await one.left())?.claimedUntil
      return undefined
    }
    await settle()
    expect(claimedUntil).toBe(world.now + 60_000)
  })

  test.each([
    [0, 1_000],
    [3_999, 1_000],
    [60_000, 15_000],
    [3_600_000, 900_000],
    [7_200_000, 900_000],
  ])('when the vendor is away: %i ms after the end, in %i ms', async (since, pause) => {
    const tokens = [{ token: 'first', endsAt: world.now + 1, endsByItself: true }]
    await ending({ tokens, since: world.now - since })
    world.revoke = async () => 'unavailable'
    expect(await settle()).toEqual(later(pause))
    expect(await one.left()).toMatchObject({ claimedUntil: 0, tokens })
  })

  test('when AgentCore does not forget', async () => {
    await ending({ toForget: [entry] })
    world.read = async () => 'unavailable'
    expect(await settle()).toEqual(later(1_000))
    expect(await one.left()).toMatchObject({ toForget: [entry] })
  })
})

describe('where this version does not offer the provider', () => {
  const away = { wayOf: () => undefined }

  test('a replica of another version may go on for a day; then it is not revoked', async () => {
    await ending({ toRead: [entry] })
    world.now += AGENTCORE_ASKED_FOR_MS - 1
    expect(await settle(away)).toEqual({ later: world.now + 30_000 })
    world.now += 1
    expect(await settle({ ...away, ...overtakenAt(1) })).toEqual({ later: world.now + 1_000 })
    expect(said).toEqual([])
    expect(await settle(away)).toBe('settled')
    expect(said).toStrictEqual([{ event: 'disconnected', ...WHO, outcome: 'not_revoked' }])
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
    expect([await one.left(), world.vault.size, atVendor]).toEqual([undefined, 1, []])
  })

  test('what is lost is not revoked, at once, by an unknown request', async () => {
    await ending()
    await lost()
    expect(await settle(away)).toBe('settled')
    expect(said).toMatchObject([{ event: 'disconnected', requestId: 'unknown', outcome: 'not_revoked' }])
  })

  test('another account that is connected in its place stays connected', async () => {
    await ending({ toRead: [entry] }, { status: 'connected', account: 'bob' })
    world.now += AGENTCORE_ASKED_FOR_MS
    expect(await settle(away)).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'connected', account: 'bob' })
    expect((await one.find())?.outcome).toBeUndefined()
  })
})
