import type { Connection, ConnectionRef, UserRef } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startAccountRoutes } from '../test-support/account-routes.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { createAccounts } from './accounts.ts'
import { createConnections } from './connections.ts'

const { one, requests, lines, connected, listed, ROUTES, reset, stop } = await startAccountRoutes()
beforeEach(reset)
afterAll(stop)

const bound = (generation = 0) => ({ scopes: SCOPES, generation, parameters: {} })
const use = (ref: ConnectionRef) => one.calls.during(ref, async () => 'called')

/** Two consents bring the same account: one asked for it by its name, the second without a name. */
async function connectedTwice() {
  const bob = await connected('bob@home')
  const second = await one.connections.connected(UNNAMED, bound(), { name: 'Bob@Home' })
  return { bob, second }
}

describe('an account that is connected already', () => {
  test('is not connected once more: what came is not used, and the first connection is', async () => {
    const { bob, second } = await connectedTwice()
    expect(second).toMatchObject({ outcome: 'wrong-account', record: { came: 'Bob@Home' } })
    await expect(use(UNNAMED)).rejects.toThrow(DisconnectedError)
    expect(await use(bob.ref)).toBe('called')
    expect(await one.connections.accept(UNNAMED, 'Bob@Home', 1)).toBeUndefined()
    expect(await one.find()).toMatchObject({ status: 'wrong_account' })
  })

  test('is not connected in the place of another one that was connected before', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice@work' })
    await connected('bob@home')
    await one.connections.connected(UNNAMED, bound(), { name: 'bob@home' })
    expect(await one.connections.accept(UNNAMED, 'bob@home', 1)).toBeUndefined()
  })

  test('is not connected when the vendor says only later which account came', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'bob@home' })
    await one.connections.connected(UNNAMED, bound(), {})
    const { ref } = await connected('robert', 'bob@home')
    expect(await one.connections.accept(ref, 'bob@home', 1)).toMatchObject({ status: 'connected' })
    expect(await one.connections.name(UNNAMED, 'bob@home', 1)).toMatchObject({
      status: 'wrong_account',
      came: 'bob@home',
    })
  })

  test.each([
    ['each with an earlier record', true],
    ['without an earlier record', false],
  ])('is not connected twice by two consents at once, %s', async (_what, isKnown) => {
    const hint = 'bob@home'
    const known = isKnown ? await connected(hint, 'carol@home') : undefined
    let isFirst = true
    const racing = createConnections({
      records: {
        ...one.records,
        async readOthers(of) {
          const others = await one.records.readOthers(of)
          if (!isFirst) return others
          isFirst = false
          if (known) await one.connections.connected(known.ref, { ...bound(1), hint }, { name: hint })
          else await connected(hint)
          return others
        },
      },
      clock: () => 1_900_000_000_000,
    })
    expect(await racing.connected(UNNAMED, bound(), { name: hint })).toMatchObject({ outcome: 'wrong-account' })
    expect((await one.find())?.status).toBe('wrong_account')
  })

  test('may be connected by another user, and once more when it was disconnected', async () => {
    const theirs = { ...UNNAMED, user: 'o'.repeat(22) as UserRef }
    await one.connections.connected(theirs, bound(), { name: 'alice' })
    expect(await one.connections.connected(UNNAMED, bound(), { name: 'alice' })).toMatchObject({ outcome: 'connected' })
    await one.disconnect()
    const { ref } = await connected('alice')
    expect(await use(ref)).toBe('called')
  })
})

describe('the row of what came says that it is connected already', () => {
  const said = async () => {
    const rows: Connection[] = await listed()
    return rows.find(({ status }) => status === 'wrong_account')?.isConnectedAlready
  }

  test('while it is', async () => {
    const { bob } = await connectedTwice()
    expect(await said()).toBe(true)
    await one.disconnect(bob.ref)
    expect(await said()).toBeUndefined()
  })

  test('also where that became so later, and not once the vendor has ended it', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice@work' })
    await one.connections.connected(UNNAMED, bound(), { name: 'bob@home' })
    expect(await said()).toBeUndefined()
    const { ref } = await connected('bob@home')
    expect(await said()).toBe(true)
    await one.connections.needsReauthorization(ref)
    expect(await said()).toBeUndefined()
  })
})

describe('"Use it" of an account that is connected already', () => {
  test('uses that connection, and asks for nothing', async () => {
    const { bob } = await connectedTwice()
    const { id = '' } = (await one.find()) ?? {}
    expect(await ROUTES.acceptance(id, { body: { generation: 1, account: 'Bob@Home' } })).toMatchObject({
      status: 200,
      json: { status: 'connected', accountId: bob.id, account: 'bob@home' },
    })
    expect([requests, await use(bob.ref)]).toEqual([[], 'called'])
    await expect(use(UNNAMED)).rejects.toThrow(DisconnectedError)
  })

  test('asks again for that connection, with its own name, when the vendor has ended it', async () => {
    const { bob } = await connectedTwice()
    await one.connections.needsReauthorization(bob.ref)
    const { id = '' } = (await one.find()) ?? {}
    expect(await ROUTES.acceptance(id, { body: { generation: 1, account: 'Bob@Home' } })).toMatchObject({ status: 201 })
    expect(requests).toMatchObject([{ named: bob.ref.named, parameters: { login_hint: 'bob@home' } }])
  })

  describe('in the place of one that was connected before', () => {
    const byDefault = async () =>
      (await createAccounts({ records: one.records }).choose(USER, PROVIDER))?.record?.account
    const use = (id: string) => ROUTES.acceptance(id, { body: { generation: 1, account: 'bob@home' } })
    const chosen = () => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'default_account_chosen')

    async function bobInPlaceOfAlice() {
      await one.connections.connected(UNNAMED, bound(), { name: 'alice@work' })
      const bob = await connected('bob@home')
      await one.connections.connected(UNNAMED, bound(), { name: 'bob@home' })
      return { bob, id: (await one.find())?.id ?? '' }
    }

    test('makes it the default where that one was, once', async () => {
      const { bob, id } = await bobInPlaceOfAlice()
      expect(await byDefault()).toBe('alice@work')
      for (let time = 0; time < 2; time++)
        expect(await use(id)).toMatchObject({ status: 200, json: { accountId: bob.id, isDefault: true } })
      expect([await byDefault(), chosen()]).toMatchObject(['bob@home', [{ accountId: bob.ref.named }]])
      expect(await one.find()).toMatchObject({ status: 'wrong_account', account: 'alice@work' })
    })

    test('also where the vendor has ended it, and its user is asked for it', async () => {
      const { bob, id } = await bobInPlaceOfAlice()
      await one.connections.needsReauthorization(bob.ref)
      expect((await use(id)).status).toBe(201)
      expect(await byDefault()).toBe('bob@home')
    })

    test('leaves another default alone', async () => {
      const { id } = await bobInPlaceOfAlice()
      const carol = await connected('carol@home')
      await ROUTES.default(carol.id)
      expect((await use(id)).json.isDefault).toBe(false)
      expect(await byDefault()).toBe('carol@home')
    })
  })
})
