import { describe, expect, test } from '@jest/globals'
import { outcomeOf } from '../support/person.ts'
import { PROVIDER_FLOWS } from '../support/provider-flows.ts'
import { emulatorOf, person, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)

describe.each(PROVIDER_FLOWS)('$displayName', ({ provider, displayName, question }) => {
  test('sign in, ask, consent, bind, answer', async () => {
    const somebody = await signedIn(stack)
    const count = await emulator.counting()

    const { stream } = await somebody.ask(question)
    const { data: required } = await stream.next('authorization_required')
    expect(required).toMatchObject({ provider, displayName })
    expect(required.scopes.length).toBeGreaterThan(0)
    expect(Date.parse(required.expiresAt)).toBeGreaterThan(Date.now())

    const page = await somebody.consent(required.startUrl)
    expect(page.status).toBe(200)
    expect(outcomeOf(page)).toBe('bound')
    expect(page.body).toContain(`${displayName} connected`)

    expect(await stream.answer()).toContain(somebody.username)
    const { data: completed } = await stream.next('authorization_completed')
    expect(completed.authorizationId).toBe(required.authorizationId)
    expect(completed.account).toContain(somebody.username)
    expect(await count('CompleteResourceTokenAuth')).toBe(1)
  })

  test('a further question after the consent needs no consent and makes one call; a replica mints once for its user', async () => {
    const somebody = await signedIn(stack)
    const counted = await emulator.counting()
    const first = await somebody.ask(question)
    await somebody.connect((await first.stream.next('authorization_required')).data.startUrl)
    await first.stream.answer()

    for (let further = 0; further < 2; further++) {
      const count = await emulator.counting()
      const { stream } = await somebody.ask(question, first.conversationId)
      expect(await stream.answer()).toContain(somebody.username)
      expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
      expect(await count('GetResourceOauth2Token')).toBe(1)
    }
    // Any replica may take a question, a resumption or a notification, and mints for itself.
    const { 'agent-workload': replicas = [] } = stack.processes
    expect(await counted('GetWorkloadAccessTokenForJWT')).toBeLessThanOrEqual(replicas.length)
  })
})

test('alice and bob at once, each seeing only their own', async () => {
  const people = [person(stack, 'alice'), person(stack, 'bob')]
  const answers = await Promise.all(
    people.map(async (somebody) => {
      await somebody.signIn()
      const { stream } = await somebody.ask('What is on my calendar today?')
      // Other tests may have connected alice and bob.
      await until(async () => stream.events.some(({ event }) => event === 'authorization_required' || event === 'done'))
      const required = stream.events.find((event) => event.event === 'authorization_required')
      if (required?.event === 'authorization_required') await somebody.connect(required.data.startUrl)
      return stream.answer()
    }),
  )
  expect(answers[0]).toContain('Stand-up')
  expect(answers[0]).toContain('Dentist')
  expect(answers[0]).not.toContain('Board meeting')
  expect(answers[1]).toContain('Board meeting')
  expect(answers[1]).not.toContain('Stand-up')
})

test('a question without a tool makes no AgentCore call', async () => {
  const somebody = await signedIn(stack)
  const before = (await emulator.calls()).length
  const { stream } = await somebody.ask('What can you do?')
  expect((await stream.answer()).length).toBeGreaterThan(20)
  expect(await emulator.calls()).toHaveLength(before)
})

test('while the user is at the vendor, no service polls', async () => {
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const consentPage = await somebody.start(data.startUrl)
  const before = (await emulator.calls()).length
  // Longer than 5 s, after which AWS's SDKs for agents poll again.
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect((await emulator.calls()).slice(before)).toEqual([])
  expect(outcomeOf(await somebody.decide(consentPage, 'authorize'))).toBe('bound')
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
})
