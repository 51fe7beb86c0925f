import type { UserSessionRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { outcomeOf, Person } from '../support/person.ts'
import { keysOf, userSessionRefOf } from '../support/redis.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const replicas = [replicaOf(stack, 'agent-workload', 0), replicaOf(stack, 'agent-workload', 1)] as const

/** Starts stay for their time, cancelled: a browser that comes back late is told. */
const leftOf = async (ref: UserSessionRef) =>
  (await keysOf(stack, ref)).filter((key) => !key.startsWith('start:') && !key.startsWith('starts:'))

test('signing out ends streams and waiting turns on every replica, and calls off pending authorizations', async () => {
  const somebody = await signedIn(stack)
  const other = await signedIn(stack)
  const ref = await userSessionRefOf(somebody)
  const cookie = await somebody.browser.jar.getCookieString(stack.app)
  const { stream, eventsUrl } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const returnUrl = await somebody.consentUpToReturn(data.startUrl)
  const elsewhere = await Promise.all(replicas.map((via) => somebody.stream(eventsUrl, undefined, via)))
  for (const open of elsewhere) await open.next('authorization_required')
  const theirs = await other.ask('List my repositories')
  const required = await theirs.stream.next('authorization_required')
  const count = await emulator.counting()

  expect((await somebody.signOut(replicas[0])).status).toBe(303)
  for (const open of [stream, ...elsewhere]) {
    await open.end()
    // The sign-out ends the stream before the event of the turn's end.
    expect(open.events.filter(({ event }) => event !== 'text' && event !== 'tool')).toHaveLength(1)
  }
  expect(await leftOf(ref)).toEqual([])
  for (const via of replicas)
    for (const path of ['/api/session', '/api/connections', data.startUrl, eventsUrl])
      expect((await somebody.api(path, { via, headers: { cookie } })).status).toBe(401)
  expect(outcomeOf(await somebody.return(returnUrl))).toBe('not_signed_in')

  await somebody.signIn()
  expect(outcomeOf(await somebody.return(returnUrl))).toBe('not_recognized')
  expect((await somebody.api(data.startUrl)).status).toBe(404)
  const after = await somebody.stream(eventsUrl)
  expect((await after.next('error')).data.code).toBe('signed_out')
  await after.next('done')
  for (const operation of ['CompleteResourceTokenAuth', 'GetResourceOauth2Token', 'GetWorkloadAccessTokenForJWT'])
    expect(await count(operation)).toBe(0)

  expect(outcomeOf(await other.consent(required.data.startUrl))).toBe('bound')
  expect(await theirs.stream.answer()).toContain(`repo-of-${other.username}`)
  const again = await somebody.ask('List my repositories')
  expect(outcomeOf(await somebody.consent((await again.stream.next('authorization_required')).data.startUrl))).toBe(
    'bound',
  )
  expect(await again.stream.answer()).toContain(`repo-of-${somebody.username}`)
})

test('nothing that can be used is left of the user session, and cached workload access tokens are not used for the next user session', async () => {
  const somebody = await signedIn(stack)
  const first = await somebody.ask('List my repositories')
  await somebody.connect((await first.stream.next('authorization_required')).data.startUrl)
  await first.stream.answer()
  const ref = await userSessionRefOf(somebody)
  expect(await keysOf(stack, ref)).toContainEqual(expect.stringMatching(/^start:/))
  await somebody.signOut(replicas[1])
  expect(await leftOf(ref)).toEqual([])
  await somebody.signIn()

  const count = await emulator.counting()
  const { stream } = await somebody.ask('List my repositories')
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(1)
})

test('signing out in one browser does not end the user session in another one', async () => {
  const laptop = await signedIn(stack)
  const phone = new Person(stack, laptop)
  await phone.signIn()
  const { stream } = await phone.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  await laptop.signOut()
  expect(outcomeOf(await phone.consent(data.startUrl))).toBe('bound')
  expect(await stream.answer()).toContain(`repo-of-${phone.username}`)
})
