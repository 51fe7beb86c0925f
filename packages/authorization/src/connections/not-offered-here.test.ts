import { disconnectionIdOf, type OfferedProvider, REVOCATIONS_DUE_KEY } from '@agent-identity/contracts'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'

/** A step of the revocation asks `world.isOffered`, on both replicas. */
const { world, one, other, connected, reset, stop } = await startTwoReplicas()
const calendar = one.offered.get(PROVIDER) as OfferedProvider
beforeEach(async () => {
  await reset()
  one.offered.set(PROVIDER, calendar)
  await connected()
  one.offered.delete(PROVIDER)
  world.isOffered = false
})
afterAll(stop)

const dueIn = async () => Number(await one.redis.zscore(REVOCATIONS_DUE_KEY, disconnectionIdOf(UNNAMED))) - world.now
const untilLeft = async () => {
  while ((await one.find())?.status !== 'disconnecting' || (await dueIn()) > 1_000) await new Promise(setImmediate)
}

test('an erasure waits until a replica that offers the provider has read the token', async () => {
  const erasing = one.disconnect({ isErased: true })
  await untilLeft()
  world.isOffered = true
  await Promise.all([erasing, other.settleDue()])
  expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  expect(world.vault.has(SCOPES)).toBe(false)
})

test('an erasure in the name of no user session waits for no other replica: the token cannot be read', async () => {
  const startedAt = Date.now()
  expect(await one.disconnect({ isErased: true, userSession: undefined })).toMatchObject({ status: 'disconnecting' })
  expect(Date.now() - startedAt).toBeLessThan(15_000)
})

test('what is due is left to the other replica first', async () => {
  await one.disconnect()
  world.isOffered = true
  const otherHasEnded = Promise.withResolvers<void>()
  const pauses: number[] = []
  world.pause = (ms) => {
    pauses.push(ms)
    return otherHasEnded.promise
  }
  const left = one.settleDue()
  await other.settleDue().finally(otherHasEnded.resolve)
  await left
  expect(pauses).toEqual([500])
  const outcomes = [one, other].map(({ said }) => said.filter(({ event }) => event === 'disconnected').length)
  expect(outcomes).toEqual([0, 1])
})

test('another look is due after a second at first, and after half a minute at most', async () => {
  await one.disconnect()
  expect(await dueIn()).toBe(1_000)
  world.now += 20_000
  expect(await one.settle()).toEqual({ later: world.now + 5_000 })
  world.now += 120_000
  expect(await one.settle()).toEqual({ later: world.now + 30_000 })
})
