import {
  type AuthorizationId,
  type ConnectionRecord,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
} from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { bound, startNamedAccounts } from '../test-support/named-accounts.ts'

const { world, one, connected, reset, stop } = await startNamedAccounts()
beforeEach(reset)
afterAll(stop)

const EIGHT_MINUTES_MS = 8 * 60_000
const entry = { scopes: SCOPES, parameters: {} }
const more = { scopes: `${SCOPES} more`, parameters: {} }
const boundBy = `${'s'.repeat(22)}.${'i'.repeat(22)}` as AuthorizationId
const { connections } = one

describe('the record of a connection', () => {
  test('says what was bound and when, and stays the same connection when more is bound later', async () => {
    const first = world.now
    await connections.connected(UNNAMED, { ...bound(), boundBy }, { name: 'alice' })
    const record = await one.find()
    expect(record).toEqual({
      ...{ id: expect.any(String), status: 'connected', account: 'alice', generation: 0, boundBy, ...entry },
      ...{ connectedAt: first, addedAt: first, entries: [entry], ended: [], onlyBound: true },
    })
    world.now += 1
    await connections.connected(UNNAMED, { ...bound(), ...more }, { name: 'alice' })
    expect(await one.find()).toEqual({
      ...{ id: record?.id, status: 'connected', account: 'alice', generation: 0, ...more },
      ...{ connectedAt: first + 1, addedAt: first, entries: [entry, more], ended: [], onlyBound: true },
    })
  })

  test('of an account that was asked for by name has that name', async () => {
    const { ref } = await connected('alice@work')
    const [hint, parameters] = ['alice@work', { login_hint: 'alice@work' }]
    expect(await connections.find(ref)).toMatchObject({ id: ref.named, hint, parameters, account: hint })
  })

  test('keeps what it was, and for how long turns wait, when another account comes', async () => {
    const first = world.now
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    world.now += 1
    await connections.connected(UNNAMED, bound(), { name: 'bob' })
    const heldUntil = first + 1 + EIGHT_MINUTES_MS
    expect(await one.find()).toEqual({
      ...{ id: expect.any(String), status: 'wrong_account', account: 'alice', came: 'bob', generation: 1, ...entry },
      ...{ connectedAt: first, addedAt: first, entries: [entry], ended: [], onlyBound: true, heldUntil },
    })
    world.now += 1
    expect(await connections.accept(UNNAMED, 'bob', 1)).toEqual({
      ...{ id: expect.any(String), status: 'connected', account: 'bob', generation: 1, ...entry },
      ...{ connectedAt: first + 2, addedAt: first, entries: [entry], ended: [], onlyBound: true },
    })
  })

  test.each([
    ['before', -1],
    ['at', 0],
    ['after', 1],
    ['long after', EIGHT_MINUTES_MS + 1],
  ])(
    'has turns wait until two minutes before the authorization’s record is deleted at the most, when it is made %s the expiry',
    async (_when, late) => {
      const expiresAt = world.now - late
      await connections.connected(UNNAMED, bound(), { name: 'alice' })
      await connections.connected(UNNAMED, { ...bound(), boundBy, expiresAt }, { name: 'bob' })
      const deletedAt = expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      const heldUntil = Math.min(world.now + EIGHT_MINUTES_MS, deletedAt - 120_000)
      expect(await one.find()).toMatchObject({ status: 'wrong_account', heldUntil })
    },
  )

  test('has no time of a connection when another account comes at once', async () => {
    const { ref } = await connected('alice@work', 'bob@home')
    const record = await connections.find(ref)
    expect(record).toMatchObject({ status: 'wrong_account', came: 'bob@home' })
    for (const name of ['connectedAt', 'account', 'doubted']) expect(record).not.toHaveProperty(name)
  })

  test('of a user who was erased says so still after the next consent', async () => {
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    await one.disconnect({ isErased: true })
    await connections.connected(UNNAMED, bound(undefined, 1), { name: 'alice' })
    expect(await one.find()).toMatchObject({ status: 'connected', onlyBound: true })
  })

  test('has every one of several changes that are made at once', async () => {
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    const late = ['a', 'b', 'c', 'd'].map((scopes) => ({ scopes, parameters: {} }))
    await Promise.all(late.map((one) => connections.keepForRevocation(UNNAMED, one)))
    expect((await one.find())?.ended.map(({ scopes }) => scopes).sort()).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('what is not to be used', () => {
  async function ended() {
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    await one.disconnect()
  }
  async function undecided() {
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    await connections.connected(UNNAMED, bound(), { name: 'bob' })
  }

  test.each([
    ['a lost token', () => connections.needsReauthorization(UNNAMED)],
    ['the start of a consent', () => connections.consentStarts(UNNAMED, entry)],
    ['a late consent', () => connections.keepForRevocation(UNNAMED, entry)],
    ['the doubt of its user', () => connections.doubt(UNNAMED)],
    ['the name of an account', () => connections.name(UNNAMED, 'alice', 1)],
    ['the acceptance of an account', () => connections.accept(UNNAMED, 'alice', 1)],
    ['the end of the wait', () => connections.letGo(UNNAMED)],
  ])('because its user has disconnected is not changed by %s', async (_what, change) => {
    await ended()
    const before = await one.find()
    await change()
    expect(await one.find()).toEqual(before)
  })

  test.each([
    ['a lost token', () => connections.needsReauthorization(UNNAMED)],
    ['the start of a consent for the same', () => connections.consentStarts(UNNAMED, entry)],
    ['a late consent for the same', () => connections.keepForRevocation(UNNAMED, entry)],
    ['a name that was read for an earlier consent', () => connections.name(UNNAMED, 'alice', 0)],
    ['a name, when the one that came is known', () => connections.name(UNNAMED, 'alice', 1)],
  ])('because another account came is still that after %s', async (_what, change) => {
    await undecided()
    await change()
    expect(await one.find()).toMatchObject({ status: 'wrong_account', came: 'bob', account: 'alice' })
  })

  test('because another account came, and whose user goes on without an answer: no turn waits for it any more', async () => {
    await undecided()
    expect(await connections.letGo(UNNAMED)).toMatchObject({ status: 'wrong_account', heldUntil: 0 })
    expect(await connections.letGo(UNNAMED)).toBeUndefined()
    await connections.accept(UNNAMED, 'bob', 1)
    expect(await connections.letGo(UNNAMED)).toBeUndefined()
  })

  test('because the vendor did not name the account: the name that is read later, for the same consent, decides', async () => {
    await connections.connected(UNNAMED, bound(), { name: 'alice' })
    world.now += 1
    await connections.connected(UNNAMED, bound(), {})
    expect(await connections.name(UNNAMED, 'alice', 0)).toBeUndefined()
    world.now += 1
    const named = await connections.name(UNNAMED, 'alice', 1)
    expect(named).toMatchObject({ status: 'connected', account: 'alice', connectedAt: world.now })
    for (const name of ['heldUntil', 'came', 'doubted']) expect(named).not.toHaveProperty(name)
  })
})

test.each([
  ['with the account that it had', 'alice', { account: 'alice', came: 'alice', doubtedAccount: 'alice' }],
  ['without any, where the vendor did not name it', undefined, {}],
])('a connection that its user doubts is kept %s', async (_how, name, names) => {
  await connections.connected(UNNAMED, bound(), { ...(name && { name }) })
  const { account, came, doubtedAccount, ...rest } = (await connections.doubt(UNNAMED)) as ConnectionRecord
  expect({ ...(account && { account }), ...(came && { came }), ...(doubtedAccount && { doubtedAccount }) }).toEqual(
    names,
  )
  expect(rest).toMatchObject({ status: 'wrong_account', doubted: true, generation: 1 })
})

test('the doubted account is still known after another one came without a name, and its user doubts that, too', async () => {
  await connections.connected(UNNAMED, bound(), { name: 'alice' })
  await connections.doubt(UNNAMED)
  await connections.connected(UNNAMED, { ...bound(), generation: 1 }, {})
  expect(await connections.doubt(UNNAMED)).toMatchObject({ account: 'alice', doubtedAccount: 'alice', generation: 3 })
})

test('an account that the vendor did not name stays without a name when its user doubts it: nothing can be accepted as the expected one', async () => {
  await connections.connected(UNNAMED, bound(), { name: 'alice' })
  await connections.connected(UNNAMED, bound(), {})
  const doubted = await connections.doubt(UNNAMED)
  expect(doubted).toMatchObject({ status: 'wrong_account', account: 'alice', doubted: true })
  for (const name of ['came', 'doubtedAccount']) expect(doubted).not.toHaveProperty(name)
  expect(await connections.accept(UNNAMED, 'alice', doubted?.generation ?? 0)).toBeUndefined()
})

test.each([
  ['of another entry', 'connected', more],
  ['of the entry that is connected', 'needs_reauthorization', entry],
])('a late consent %s is kept once, and the connection is %s', async (_which, status, late) => {
  await connections.connected(UNNAMED, bound(), { name: 'alice' })
  for (let time = 0; time < 2; time++) await connections.keepForRevocation(UNNAMED, late)
  expect(await one.find()).toMatchObject({ status, ended: [late] })
})

test('a consent that starts leaves what had ended before: another entry, and one of an earlier version', async () => {
  await connections.connected(UNNAMED, bound(), { name: 'alice' })
  const earlier = { scopes: SCOPES }
  for (const one of [more, earlier, entry]) await connections.consentStarts(UNNAMED, one)
  expect(await one.find()).toMatchObject({ ended: [more, earlier, entry] })
})

describe('what was left to revoke', () => {
  const tokens = async () => (await one.left()) && { read: (await one.left())?.toRead }

  async function leftOf(account: string) {
    await connections.connected(UNNAMED, bound(), { name: account })
    await connections.connected(UNNAMED, { ...bound(), ...more }, { name: account })
    world.read = async () => 'unavailable'
    await one.disconnect()
    expect(await tokens()).toEqual({ read: [entry, more] })
  }

  test.each([
    ['the same account', 'Alice', undefined],
    ['an account that the vendor does not name', undefined, { read: [more] }],
    ['another one', 'bob', { read: [more] }],
  ])('is dropped for the account whose consent was bound, and for no other: %s', async (_which, name, left) => {
    await leftOf('alice')
    await connections.connected(UNNAMED, bound(undefined, 1), { name })
    expect(await tokens()).toEqual(left)
  })

  test('is dropped for an account that is connected without a name: it may be the same', async () => {
    await connections.connected(UNNAMED, bound(), {})
    world.read = async () => 'unavailable'
    await one.disconnect()
    await connections.connected(UNNAMED, bound(undefined, 1), {})
    expect([await tokens(), (await one.find()) as ConnectionRecord]).toMatchObject([undefined, { status: 'connected' }])
  })
})
