import {
  ACCOUNTS_PER_PROVIDER,
  type ConnectionId,
  type ConnectionRef,
  connectionKey,
  revocationKey,
  type UserRef,
} from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { bound, startNamedAccounts } from '../test-support/named-accounts.ts'
import { createAccounts } from './accounts.ts'
import { isStill } from './connection-state.ts'

const { world, one, byHint, refOf, connected, use, reset, stop } = await startNamedAccounts()
beforeEach(reset)
afterAll(stop)

const accounts = () => createAccounts({ records: one.records })

describe('another account than the one that was asked for', () => {
  test('is not used until its user says so', async () => {
    const { ref, outcome } = await connected('alice@work', 'bob@home')
    expect(outcome).toBe('wrong-account')
    await expect(use(ref)).rejects.toThrow(DisconnectedError)
    expect(await one.connections.accept(ref, 'carol@home', 1)).toBeUndefined()
    expect(await one.connections.accept(ref, 'bob@home', 0)).toBeUndefined()
    expect(await one.connections.accept(ref, 'bob@home', 1)).toMatchObject({ status: 'connected', account: 'bob@home' })
    expect(await use(ref)).toBe('called')
  })

  test('is also another one than was connected before, and one that the vendor does not name', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
    for (const account of [{ name: 'bob' }, {}]) {
      const { generation = 0 } = (await one.find()) ?? {}
      const { outcome } = await one.connections.connected(UNNAMED, bound(undefined, generation), account)
      expect(outcome).toBe('wrong-account')
      await expect(use(UNNAMED)).rejects.toThrow(DisconnectedError)
    }
    const { generation = 0 } = (await one.find()) ?? {}
    const again = await one.connections.connected(UNNAMED, bound(undefined, generation), { name: 'ALICE ' })
    expect(again.outcome).toBe('connected')
  })

  test('makes earlier consents void, and what they put into the vault is kept for its revocation', async () => {
    const { ref } = await connected('alice@work', 'bob@home')
    expect(await one.connections.connected(ref, bound('alice@work'), { name: 'alice@work' })).toEqual({
      outcome: 'superseded',
    })
    const late = { scopes: 'more', parameters: { login_hint: 'alice@work' } }
    await one.connections.keepForRevocation(ref, late)
    expect(await one.connections.find(ref)).toMatchObject({ entries: expect.arrayContaining([late]), ended: [late] })
  })
})

test('an account that its user doubts is not used, and any other one may come in its place', async () => {
  await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
  const aborted = one.calls.during(UNNAMED, async (signal) => {
    await one.connections.doubt(UNNAMED)
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await expect(aborted).rejects.toThrow(DisconnectedError)
  await expect(use(UNNAMED)).rejects.toThrow(DisconnectedError)
  expect(await one.connections.connected(UNNAMED, bound(undefined, 1), { name: 'bob' })).toMatchObject({
    outcome: 'connected',
    record: { account: 'bob' },
  })
})

test('an account that its user doubts is not right when it comes again, also under a name or under none', async () => {
  const again = async (ref: ConnectionRef, hint: string | undefined, ...names: (string | undefined)[]) => {
    for (const name of names) {
      const { generation = 0 } = (await one.connections.find(ref)) ?? {}
      const { outcome } = await one.connections.connected(ref, bound(hint, generation), { name })
      expect([name, outcome]).toEqual([name, 'wrong-account'])
      await expect(use(ref)).rejects.toThrow(DisconnectedError)
    }
  }
  await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
  await one.connections.doubt(UNNAMED)
  await again(UNNAMED, undefined, 'Alice', undefined, 'alice')
  expect((await refOf('alice')).named).toBeDefined()
  const { generation = 0 } = (await one.connections.find(UNNAMED)) ?? {}
  expect(await one.connections.accept(UNNAMED, 'alice', generation)).toMatchObject({
    status: 'connected',
    account: 'alice',
  })
  expect(await one.connections.find(UNNAMED)).not.toHaveProperty('doubted')
  const { ref } = await connected('bob')
  await one.connections.doubt(ref)
  await again(ref, 'bob', 'bob')
})

test('the name of a doubted account, told by the vendor later, does not make it right', async () => {
  await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
  await one.connections.doubt(UNNAMED)
  await one.connections.connected(UNNAMED, bound(undefined, 1), {})
  expect(await one.connections.name(UNNAMED, 'alice', 2)).toMatchObject({ status: 'wrong_account', came: 'alice' })
})

describe('several accounts at a provider', () => {
  test('are used side by side: by their names, and without one by default', async () => {
    const [work, home] = [await connected('alice@work'), await connected('alice@home')]
    const { choose, namesOf } = accounts()
    expect(await namesOf(USER, PROVIDER)).toEqual({ names: ['alice@home', 'alice@work'], byDefault: 'alice@work' })
    expect((await choose(USER, PROVIDER))?.ref).toEqual(work.ref)
    expect((await choose(USER, PROVIDER, 'Alice@Home'))?.ref).toEqual(home.ref)
    expect(await choose(USER, PROVIDER, 'mallory')).toBeUndefined()
    await one.records.writeDefault(USER, PROVIDER, home.ref.named as ConnectionId)
    expect((await choose(USER, PROVIDER))?.ref).toEqual(home.ref)
    await one.disconnect({ ...home.ref })
    expect((await choose(USER, PROVIDER))?.ref).toEqual(work.ref)
    expect([await use(work.ref), await namesOf(USER, PROVIDER)]).toEqual(['called', undefined])
    await expect(use(home.ref)).rejects.toThrow(DisconnectedError)
  })

  test('the one that has to wait for its user is not passed over for another one, unless it was never connected', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
    const bob = await connected('bob')
    await one.connections.connected(UNNAMED, bound(), { name: 'carol' })
    expect((await accounts().choose(USER, PROVIDER))?.ref).toEqual(UNNAMED)
    await one.redis.flushall()
    await connected('alice', 'carol')
    await connected('bob')
    expect((await accounts().choose(USER, PROVIDER))?.ref).toEqual(bob.ref)
  })

  test('that are asked for at once by one name are one; its id is nothing to another user', async () => {
    const ids = await Promise.all(['Alice@work ', 'alice@WORK'].map(async (hint) => (await refOf(hint)).named))
    expect(ids[0]).toBe(ids[1])
    const other = await byHint('alice@work', 'o'.repeat(22) as UserRef)
    expect(other).not.toMatchObject({ ref: { named: ids[0] } })
    const { byId } = accounts()
    await connected('alice@work')
    expect(await byId(USER, PROVIDER, ids[0] as ConnectionId)).toBeDefined()
    expect(await byId('o'.repeat(22) as UserRef, PROVIDER, ids[0] as ConnectionId)).toBeUndefined()
  })

  test('include the one that was asked for without a name: its own name finds it', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
    expect(await refOf('Alice')).toEqual(UNNAMED)
  })

  test('have a limit; one that was ended makes room when no earlier consent or call can be under way any more', async () => {
    for (let number = 2; number < ACCOUNTS_PER_PROVIDER; number++) await connected(`${number}@work`)
    const [ended, current] = [await connected('alice@work'), await connected('alice@home')]
    await one.disconnect(ended.ref)
    world.now += 20 * 60_000 - 1
    expect(await byHint('carol@home')).toBe('too-many')
    expect(await one.connections.find(ended.ref)).toMatchObject({ status: 'disconnected', generation: 1 })
    world.now += 1
    expect(await byHint('carol@home')).toMatchObject({ record: undefined })
    expect(await one.connections.find(ended.ref)).toBeUndefined()
    const use = (of: { ref: ConnectionRef }) => one.calls.during(of.ref, async () => 'called', isStill(0))
    await expect(use(ended)).rejects.toThrow(DisconnectedError)
    expect(await use(current)).toBe('called')
  })

  test('make room in the order in which they ended', async () => {
    const made = []
    for (let n = 0; n < ACCOUNTS_PER_PROVIDER; n++) made.push((await connected(`user${n}@work`)).ref)
    expect(await refOf('user3@work')).toEqual(made[3])
    for (const ref of [made[7], made[2]]) {
      world.now += 1
      await one.disconnect(ref)
    }
    world.now += 20 * 60_000
    await refOf('one@more')
    const left = (await one.records.readAll(USER, PROVIDER)).map(({ ref }) => ref.named)
    expect(made.filter(({ named }) => !left.includes(named))).toEqual([made[7]])
  })

  test('do not include one that was asked for, never connected, and ended', async () => {
    const { ref } = await connected('alice@work', 'bob@home')
    expect(await accounts().list(USER, PROVIDER)).toHaveLength(1)
    await one.disconnect(ref)
    expect(await accounts().list(USER, PROVIDER)).toEqual([])
  })

  test('cannot be revoked in the place of one another: what is left of one does not open as that of another', async () => {
    world.read = async () => 'unavailable'
    const [work, home] = [await connected('alice@work'), await connected('alice@home')]
    for (const { ref } of [work, home]) await one.disconnect(ref)
    const left = async () => (await one.records.readRevocation(home.ref)).value
    expect((await left())?.toRead).toMatchObject([{ parameters: { login_hint: 'alice@home' } }])
    await one.redis.set(revocationKey(home.ref), (await one.redis.get(revocationKey(work.ref))) ?? '')
    expect(await left()).toBeUndefined()
  })

  test('cannot be relabelled by a writer of Redis: a copied field does not open, and counts as ended', async () => {
    const [work, home] = [await connected('alice@work'), await connected('alice@home')]
    const hash = connectionKey(USER, PROVIDER)
    const sealed = (await one.redis.hget(hash, work.ref.named ?? '')) ?? ''
    for (const field of [home.ref.named ?? '', 'record']) await one.redis.hset(hash, { [field]: sealed })
    await one.redis.hset(hash, { default: sealed })
    for (const ref of [home.ref, UNNAMED]) {
      expect(await one.connections.find(ref)).toMatchObject({ status: 'disconnected', entries: [] })
      await expect(use(ref)).rejects.toThrow(DisconnectedError)
    }
    expect((await accounts().choose(USER, PROVIDER))?.ref).toEqual(work.ref)
  })
})

test('of what the vendor says that was granted only what its user was asked for is kept', async () => {
  world.granted = ['admin:org', ...SCOPES.split(' ')]
  await one.connect('a token for more', 0)
  expect((await one.find())?.granted).toBe(SCOPES)
  world.granted = ['admin:org']
  await one.connect('a token for something else', 0)
  expect((await one.find())?.granted).toBe('')
})
