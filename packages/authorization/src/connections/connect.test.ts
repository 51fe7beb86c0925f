import { isRedisAway } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { unreadableMeanwhile } from '../test-support/unreadable-meanwhile.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

const LINE = { user: USER, provider: PROVIDER, userSession: 's'.repeat(22), requestId: 'r' }
const more = 'https://www.googleapis.com/auth/calendar.events'

describe('a consent that AgentCore has a token for', () => {
  test('connects the account that the vendor names, and the trail has it; the record knows which authorization it was', async () => {
    expect(await one.connect('first', 0, AN_AUTHORIZATION)).toMatchObject({ outcome: 'connected' })
    expect(await one.find()).toMatchObject({ status: 'connected', account: 'alice', boundBy: AN_AUTHORIZATION })
    expect(one.said).toStrictEqual([{ event: 'account_connected', ...LINE, account: `${PROVIDER} alice` }])
  })

  test('is of another account than before: the trail says so', async () => {
    await connected()
    world.account = 'bob'
    expect((await one.connect('second', 0)).outcome).toBe('wrong-account')
    expect(one.said.at(-1)).toStrictEqual({ event: 'wrong_account_connected', ...LINE, account: `${PROVIDER} bob` })
  })

  test('is settled by two replicas at once: both say which account came, and nothing is ended', async () => {
    await connected()
    world.account = 'bob'
    const both = [one.connect('second', 0, AN_AUTHORIZATION), other.connect('second', 0, AN_AUTHORIZATION)]
    expect((await Promise.all(both)).map(({ outcome }) => outcome)).toEqual(['wrong-account', 'wrong-account'])
    expect((await one.connect('second', 0, AN_AUTHORIZATION)).outcome).toBe('wrong-account')
    expect(await one.find()).toMatchObject({ status: 'wrong_account', came: 'bob', ended: [] })
    expect(one.said.concat(other.said).map(({ event }) => event)).not.toContain('revocation_prepared')
  })

  test('is of another account, long after the authorization’s expiry: turns wait for the decision only while its record is kept', async () => {
    await connected()
    world.account = 'bob'
    await one.connect('second', 0, AN_AUTHORIZATION, world.now - 180_000)
    expect((await one.find())?.heldUntil).toBe(world.now + 300_000)
  })

  test('names no account in the trail where the vendor names none', async () => {
    world.account = undefined
    await one.connect('first', 0)
    expect(one.said).toStrictEqual([{ event: 'account_connected', ...LINE }])
  })

  test.each([
    [undefined, undefined],
    [[], ''],
    [[SCOPES, more, 'admin'], SCOPES],
  ])('keeps of what was granted, %j, only what was asked for: %j', async (granted, kept) => {
    world.granted = granted
    await one.connect('first', 0)
    expect((await one.find())?.granted).toBe(kept)
  })

  test('keeps what was granted where this version does not offer the provider', async () => {
    world.granted = [SCOPES]
    one.offered.delete(PROVIDER)
    await one.connect('first', 0)
    one.offered.set(PROVIDER, other.offered.get(PROVIDER) as never)
    expect((await one.find())?.granted).toBe(SCOPES)
  })

  test('connects nothing when the vendor’s client fails', async () => {
    world.meanwhile = async () => {
      throw new Error('a defect')
    }
    await expect(one.connect('first', 0)).rejects.toThrow('a defect')
    expect([await one.find(), one.said]).toEqual([undefined, []])
  })
})

test('a consent whose record cannot be read while the vendor is asked connects nothing, and is not ended: it is settled once more', async () => {
  world.meanwhile = unreadableMeanwhile(one.records, other.redis)
  const failed = await one.connect('first', 0).catch((error) => error)
  expect([failed.name, isRedisAway(failed)]).toEqual(['UnreadConnectionError', true])
  expect([await one.find(), await one.left(), one.said]).toEqual([undefined, undefined, []])
  world.meanwhile = async () => undefined
  expect(await one.connect('first', 0)).toMatchObject({ outcome: 'connected' })
})

describe('a consent whose user has disconnected since they were asked', () => {
  const end = async () => {
    await connected()
    await one.disconnect()
    one.said.length = 0
  }

  test.each([
    ['before the vendor was asked for its account', 0],
    ['while the vendor was asked', 1],
  ])('%s: connects nothing, its token is ended, and the trail has no connection', async (_when, asks) => {
    // A disconnection would wait for the call to the vendor.
    const latch = connectionRecord({ status: 'disconnected', generation: 1, account: 'alice' })
    const end = async () => one.records.write(UNNAMED, await one.records.read(UNNAMED), latch, {})
    if (asks === 0) await end()
    let asked = 0
    world.account = 'carol'
    world.meanwhile = async () => {
      asked += 1
      await end()
    }
    world.vault.set(SCOPES, 'late')
    expect(await one.connect('late', 0)).toEqual({ outcome: 'superseded' })
    expect([asked, (await one.find())?.status]).toEqual([asks, 'disconnecting'])
    expect(await one.left()).toMatchObject({
      accounts: asks === 1 ? ['alice', 'carol'] : ['alice'],
      toRead: [{ scopes: SCOPES }],
      tokens: [{ token: 'late' }],
    })
    expect(one.said).toEqual([])
  })

  test('reads nothing in the name of a user session that an erasure ends', async () => {
    await end()
    world.isErased = true
    await one.connect('late', 0)
    expect(await one.left()).toMatchObject({ toRead: [], tokens: [{ token: 'late' }] })
  })

  test('is kept for its revocation where they have connected again', async () => {
    await end()
    await one.connect('second', 1)
    const entries = (await one.find())?.entries
    expect(await one.connect('late', 0)).toEqual({ outcome: 'superseded' })
    expect(await one.find()).toMatchObject({ status: 'needs_reauthorization', entries, ended: [{ scopes: SCOPES }] })
    expect(await one.left()).toBeUndefined()
  })
})
