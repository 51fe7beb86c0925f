import { erasureKey } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { userSessionOf } from '../support/secrets.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const { emulator, opened, redis, waiting } = attacksOn(stack)

test('a user who erases themselves while AgentCore completes their consent leaves no token at the vendor', async () => {
  const { who, startUrl } = await waiting()
  const url = await who.consentUpToReturn(startUrl)
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: who.subject })
  const returning = who.return(url)
  await completion.held()
  const mark = erasureKey(userRef((await userSessionOf(stack, who)).user))
  const erasing = who.api('/api/me', { method: 'DELETE' })
  await until(async () => (await redis.exists(mark)) === 1)
  await completion.release()
  const answer = await erasing
  expect(outcomeOf(await returning)).toBe('bound')
  // It has never connected anything.
  expect([answer.status, JSON.parse(answer.body).connections]).toEqual([200, []])
  await until(async () => (await witnessAt(stack, 'github', who.username)).tokens === 0)
  await until(async () => (await who.signIn()).status === 200)
  const rows = JSON.parse((await who.api('/api/connections')).body) as { provider: string; status: string }[]
  expect(rows.find(({ provider }) => provider === 'github')?.status).toBe('not_connected')
})

test('a return that comes while the erasure waits for another one is refused', async () => {
  const first = await waiting()
  const { who } = first
  const second = await waiting(who, 'What is on my calendar today?')
  const late = await who.consentUpToReturn(second.startUrl)
  const url = await who.consentUpToReturn(first.startUrl)
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: who.subject })
  const returning = who.return(url)
  await completion.held()
  const erasing = who.api('/api/me', { method: 'DELETE' })
  await until(async () => (await opened(second.id)).status === 'cancelled')
  const count = await emulator.counting()
  expect(outcomeOf(await who.return(late))).toBe('expired')
  expect(await count('CompleteResourceTokenAuth')).toBe(0)
  await completion.release()
  expect((await erasing).status).toBe(200)
  expect(outcomeOf(await returning)).toBe('bound')
  for (const vendor of ['github', 'google-calendar'])
    await until(async () => (await witnessAt(stack, vendor, who.username)).tokens === 0)
})
