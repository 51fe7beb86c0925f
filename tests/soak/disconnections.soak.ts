import { expect, test } from '@jest/globals'
import { createChance } from '../resilience/support/chance.ts'
import { injectFaults } from '../resilience/support/faults.ts'
import { person } from '../support/stack.ts'
import { mendVendor } from '../support/vendors.ts'
import { config } from './config.ts'
import { createDisconnecting, revocationFaults, VENDOR } from './disconnecting.ts'
import { behindProxies } from './soaking.ts'

const PEOPLE = 24

test('connect, use, disconnect, connect again by the thousand with everything failing: no call after a latch, no revocation lost', async () => {
  const { flows: steps, seed } = config
  const begun = Date.now()
  const { stack, replicas, redis } = await behindProxies(PEOPLE)
  const people = Array.from({ length: PEOPLE }, (_, n) =>
    createDisconnecting(person(stack, `user-${n + 1}`), createChance(seed + 10 + n)),
  )
  for (const one of people) await one.signIn()

  const stop = new AbortController()
  const others = { 'Redis restarts': () => redis.restart('kept'), ...revocationFaults(stack, createChance(seed + 2)) }
  const faults = injectFaults(stack, replicas, createChance(seed), stop.signal, others)
  let left = steps
  await Promise.all(
    people.map(async (one) => {
      while (left-- > 0) await one.step()
    }),
  ).finally(() => stop.abort())
  const injected = await faults
  await mendVendor(stack, VENDOR)

  const count = { callsAfterLatch: 0, calls: 0, tokensLeft: 0, tokensReported: 0 }
  const seen: Record<string, number> = {}
  for (const one of people) {
    await one.finish()
    for (const [what, times] of Object.entries(one.count)) seen[what] = (seen[what] ?? 0) + times
    for (const [what, times] of Object.entries(await one.judge())) count[what as keyof typeof count] += times
  }
  const seconds = Math.round((Date.now() - begun) / 1_000)
  process.stdout.write(`disconnections: ${JSON.stringify({ seed, steps, seconds, ...count, ...seen, injected })}\n`)
  expect(count).toMatchObject({ callsAfterLatch: 0, tokensLeft: 0 })
  // Whatever became of a connection in the meantime, the vendor has confirmed its end, or its user was told that the token was lost.
  const ends = Object.keys(seen).filter((what) => what.startsWith('ended: '))
  const allowed = ['revoked', 'nothing_to_revoke', 'not_connected', 'not_revoked'].map((end) => `ended: ${end}`)
  expect(ends.filter((what) => !allowed.includes(what))).toEqual([])
  expect(seen['ended: revoked'] ?? 0).toBeGreaterThan(PEOPLE / 2)
  expect(Math.min(seen.used ?? 0, seen['disconnected: revoked'] ?? 0, count.calls)).toBeGreaterThan(steps / 20)
})
