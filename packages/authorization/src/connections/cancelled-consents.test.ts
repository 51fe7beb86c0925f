import type { ConnectionId, ConnectionRef, PendingAuthorization } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'

const { world, one, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

const open = (generation: number, status: PendingAuthorization['status'] = 'pending') => {
  const record = { status, generation, scopes: `${SCOPES} more`, provider: PROVIDER, correlationId: 'asked' }
  const expiresAt = world.now + 1
  world.open = [{ id: AN_AUTHORIZATION, record: { ...record, expiresAt } as PendingAuthorization }]
}
const cancelled = () => one.said.filter(({ event }) => event === 'cancelled')

describe('a consent that was asked for before its user disconnected', () => {
  test('is cancelled, and what waits for it is told; the trail names the user session that had asked', async () => {
    await connected()
    open(0)
    await one.disconnect({ userSession: undefined })
    expect([one.ended, one.told]).toEqual([[AN_AUTHORIZATION], [AN_AUTHORIZATION]])
    expect(cancelled()).toEqual([
      {
        event: 'cancelled',
        requestId: 'r',
        user: USER,
        userSession: 's'.repeat(22),
        authorizationId: AN_AUTHORIZATION,
        correlationId: 'asked',
        provider: PROVIDER,
        scopes: [SCOPES, 'more'],
      },
    ])
  })

  test('and has come to its end meanwhile is neither told nor in the trail once more', async () => {
    await connected()
    open(0)
    world.isWaiting = false
    await one.disconnect()
    expect([one.ended, one.told, cancelled()]).toEqual([[AN_AUTHORIZATION], [], []])
  })

  test('and cannot connect any more is left as it is', async () => {
    await connected()
    open(0, 'cancelled')
    await one.disconnect()
    expect(one.ended).toEqual([])
  })
})

describe('an account that was never used and is ended', () => {
  const named: ConnectionRef = { ...UNNAMED, named: 'connection1' as ConnectionId }
  const bound = { scopes: SCOPES, parameters: {}, generation: 0, hint: 'bob' }
  const connectedAndEnded = async () => {
    await one.connections.connected(named, bound, { name: 'alice' })
    await one.endUnused(named)
  }

  test('is latched, forgotten by the token vault, and not ended at the vendor', async () => {
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    world.settle = async () => 'settled'
    await connectedAndEnded()
    expect(await one.connections.find(named)).toMatchObject({ status: 'disconnecting', generation: 2, scopes: '' })
    const left = (await one.records.readRevocation(named)).value
    expect(left).toMatchObject({ toRead: [], toForget: [{ scopes: SCOPES, parameters: {} }], tokens: [] })
    expect(revoked).toEqual([])
    expect(one.said.at(-1)).toMatchObject({ event: 'connection_latched', requestId: 'r', accountId: 'connection1' })
  })

  test('cancels the consents that were asked for before, and none from after that', async () => {
    for (const generation of [1, 2]) {
      await reset()
      open(generation)
      await connectedAndEnded()
      expect(one.ended).toEqual(generation === 1 ? [AN_AUTHORIZATION] : [])
    }
  })

  test('stays as it is when it had ended before, or never was', async () => {
    await one.endUnused(named)
    expect(await one.connections.find(named)).toBeUndefined()
    await connected()
    await one.disconnect()
    const before = await one.find()
    await one.endUnused(UNNAMED)
    expect([await one.find(), await one.left()]).toEqual([before, undefined])
  })
})

test('what waits for its user to say whether an account may be used is told when they disconnect it', async () => {
  world.account = 'alice'
  await connected()
  world.account = 'bob'
  await one.connect('second', 0, AN_AUTHORIZATION)
  expect(await one.find()).toMatchObject({ status: 'wrong_account', boundBy: AN_AUTHORIZATION })
  await one.disconnect()
  expect(one.told).toEqual([AN_AUTHORIZATION])
})

test('a user who was erased since they signed in connects nothing: what was bound is ended, and the trail has no connection', async () => {
  world.vault.set(SCOPES, 'first')
  world.isErased = true
  expect((await one.connect('first', 0)).outcome).toBe('superseded')
  expect(await one.find()).toMatchObject({ status: 'disconnected', onlyBound: true, outcome: 'revoked' })
  expect(one.said.map(({ event }) => event)).not.toContain('account_connected')
})
