import { expect, test } from '@jest/globals'
import { createChance } from '../resilience/support/chance.ts'
import { injectFaults } from '../resilience/support/faults.ts'
import { person } from '../support/stack.ts'
import { mendVendor } from '../support/vendors.ts'
import { config } from './config.ts'
import { createDisconnecting, revocationFaults, VENDOR } from './disconnecting.ts'
import { behindProxies } from './soaking.ts'

const PEOPLE = 24
/** In milliseconds. With more deaths no turn would end on a busy machine. */
const PAUSES = { deaths: [1_000, 6_000], failures: [300, 1_500] } as const

test('connect, use, disconnect, connect again by the thousand with everything failing: no call after a latch, no revocation lost', async () => {
  const { flows: steps, seed } = config
  const begun = Date.now()
  const { stack, replicas, redis } = await behindProxies(PEOPLE)
  const people = Array.from({ length: PEOPLE }, (_, n) =>
    createDisconnecting(person(stack, `user-${n + 1}`), createChance(seed + 10 + n)),
  )
  for (const one of people) await one.signIn()

  const stop = new AbortController()
  const others = { 'Redis restarts': () => redis.restart('kept'), ...revocationFaults(stack, createChance(seed + 3)) }
  const faults = injectFaults(stack, replicas, seed, stop.signal, others, PAUSES)
  let left = steps
  const takeSteps = async (one: (typeof people)[number]) => {
    try {
      while (left-- > 0) await one.step()
    } finally {
      left = 0
      // If the faults went on, they would meet the few last steps again and again.
      stop.abort()
    }
  }
  const ends = await Promise.allSettled(people.map(takeSteps))
  const injected = await faults
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  await mendVendor(stack, VENDOR)

  const count = { callsAfterLatch: 0, calls: 0, tokensLeft: 0, tokensReported: 0 }
  const seen: Record<string, number> = {}
  const judged = await Promise.all(
    people.map(async (one) => {
      await one.finish()
      return one.judge()
    }),
  )
  for (const what of judged) for (const name of Object.keys(count) as (keyof typeof count)[]) count[name] += what[name]
  for (const one of people)
    for (const [what, times] of Object.entries(one.count)) seen[what] = (seen[what] ?? 0) + times
  const seconds = Math.round((Date.now() - begun) / 1_000)
  process.stdout.write(`disconnections: ${JSON.stringify({ seed, steps, seconds, ...count, ...seen, injected })}\n`)
  expect(count).toMatchObject({ callsAfterLatch: 0, tokensLeft: 0 })
  const ended = Object.keys(seen).filter((what) => what.startsWith('ended: '))
  const allowed = ['revoked', 'nothing_to_revoke', 'not_connected', 'not_revoked'].map((end) => `ended: ${end}`)
  expect(ended.filter((what) => !allowed.includes(what))).toEqual([])
  expect(seen['ended: revoked'] ?? 0).toBeGreaterThan(PEOPLE / 2)
  expect(Math.min(seen.used ?? 0, seen['disconnected: revoked'] ?? 0, count.calls)).toBeGreaterThan(steps / 20)
})
