import { afterEach, expect, test } from '@jest/globals'
import type { Person } from '../support/person.ts'
import { emulatorOf, logOf, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { witnessAt } from '../support/vendors.ts'

let stack: Awaited<ReturnType<typeof startStackOfItsOwn>>
afterEach(() => stack.stop())

const liveAt = async (who: Person, provider: string) =>
  (await who.connections(provider)).filter(({ status }) => status === 'connected')

test('an AgentCore whose vault does not tell labels apart: the alarm is raised, and a second consent is refused before its user is sent anywhere', async () => {
  stack = await startStackOfItsOwn({}, { replicas: 1, identityAssumptions: { vaultKey: 'without-custom-parameters' } })
  const who = await signedIn(stack)
  const first = await who.askConsenting('List my repositories')
  expect(await first.stream.answer()).toContain(`repo-of-${who.username}`)
  await until(async () => (await logOf(stack)).includes('"alarm":"label-does-not-separate"'))

  const json = { anotherAccount: true }
  const asked = await who.api('/api/connections/github/authorizations', { method: 'POST', json })
  const { startUrl } = JSON.parse(asked.body)
  const opened = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  expect([opened.status, opened.url.origin]).toEqual([409, new URL(stack.app).origin])
  expect(await liveAt(who, 'github')).toHaveLength(1)
  const again = await who.ask('List my repositories')
  expect(await again.stream.answer()).toContain(`repo-of-${who.username}`)
})

test('an AgentCore that puts nothing into the vault for an unknown parameter: nothing is connected, and the link opens again', async () => {
  stack = await startStackOfItsOwn({}, { replicas: 1, identityAssumptions: { unknownParameter: 'nothing' } })
  const who = await signedIn(stack)
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const count = await emulatorOf(stack).counting()
  await who.connect(data.startUrl)
  await who.connect(data.startUrl)
  // Two requests of the starts, and a look at the entry of each.
  await until(async () => (await count('GetResourceOauth2Token')) >= 4)
  expect(await liveAt(who, 'github')).toEqual([])
  expect((await witnessAt(stack, 'github', who.username)).calls).toEqual([])
})
