import { expect, test } from '@jest/globals'
import { outcomeOf } from '../support/person.ts'
import { emulatorOf, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)

test('a step-up requests the granted and the needed scopes, and the wider consent serves both', async () => {
  const somebody = await signedIn(stack)
  const read = await somebody.ask('What is on my calendar today?')
  await somebody.connect((await read.stream.next('authorization_required')).data.startUrl)
  await read.stream.answer()

  const write = await somebody.ask('Add Lunch at 12:30 to my calendar')
  const { data } = await write.stream.next('authorization_required')
  expect(data.scopes).toEqual([
    'Add, change and remove events in your calendars',
    'See the events in your calendars',
    'See your e-mail address',
  ])
  expect(outcomeOf(await somebody.consent(data.startUrl))).toBe('bound')
  expect(await write.stream.answer()).toContain('Lunch')

  const again = await somebody.ask('What is on my calendar today?')
  expect(await again.stream.answer()).toContain('Lunch')
  expect(again.stream.events.map(({ event }) => event)).not.toContain('authorization_required')
})

test('the user’s own profile: a user who is signed in at Cognito signs in again, which is the consent', async () => {
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('What is in my profile?')
  const { data } = await stream.next('authorization_required')
  expect(data).toMatchObject({ provider: 'profile', displayName: 'Amazon Cognito' })
  const page = await somebody.browser.navigate(new URL(data.startUrl, stack.app), { from: new URL(stack.app) })
  expect(page.url.origin).toBe(stack.signIn)
  expect(page.body).toContain('type="password"')
  const { username, password } = somebody
  expect(outcomeOf(await somebody.browser.submit(page, { username, password }))).toBe('bound')
  expect((await stream.next('authorization_completed')).data.account).toBe(`${username}@example.com`)
  expect(await stream.answer()).toContain(`your username, ${username}`)
})

test('two providers in one question: both cards at once, either order, one answer', async () => {
  const somebody = await signedIn(stack)
  const count = await emulator.counting()
  const { stream } = await somebody.ask('What is on my calendar today and list my repositories')
  const first = await stream.next('authorization_required')
  const second = await stream.next(
    'authorization_required',
    stream.events.filter(
      (event) => event.event === 'authorization_required' && event.data.authorizationId === first.data.authorizationId,
    ),
  )
  expect(new Set([first.data.provider, second.data.provider]).size).toBe(2)

  await somebody.connect(second.data.startUrl)
  await stream.next('authorization_completed')
  await somebody.connect(first.data.startUrl)
  const answer = await stream.answer()
  expect(answer).toContain(`Meeting of ${somebody.username}`)
  expect(answer).toContain(`repo-of-${somebody.username}`)
  expect(stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(2)
  expect(await count('CompleteResourceTokenAuth')).toBe(2)
})

test('two tabs that need the same consent share it, and both turns go on', async () => {
  const somebody = await signedIn(stack)
  const count = await emulator.counting()
  const tabs = await Promise.all([somebody.ask('List my repositories'), somebody.ask('List my repositories')])
  const required = await Promise.all(tabs.map(({ stream }) => stream.next('authorization_required')))
  expect(required[0]?.data.authorizationId).toBe(required[1]?.data.authorizationId)
  await somebody.connect(required[0]?.data.startUrl ?? '')
  for (const { stream } of tabs) expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
  expect(await count('CompleteResourceTokenAuth')).toBe(1)
})

test('a denied consent connects nothing, which the page and the chat say, and can be asked for again', async () => {
  const somebody = await signedIn(stack)
  const count = await emulator.counting()
  const { stream } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const page = await somebody.decide(await somebody.start(data.startUrl), 'deny')
  expect([page.status, outcomeOf(page)]).toEqual([403, 'denied'])
  expect((await stream.next('authorization_failed')).data).toEqual({
    authorizationId: data.authorizationId,
    code: 'denied',
  })
  expect(await stream.answer()).not.toContain('repo-of-')
  expect(await count('CompleteResourceTokenAuth')).toBe(0)

  const again = await somebody.ask('List my repositories')
  await somebody.connect((await again.stream.next('authorization_required')).data.startUrl)
  expect(await again.stream.answer()).toContain(`repo-of-${somebody.username}`)
})

test('a cancelled authorization ends the wait, cannot be started or bound any more, and can be asked for again', async () => {
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const returnUrl = await somebody.consentUpToReturn(data.startUrl)
  const count = await emulator.counting()

  expect((await somebody.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })).status).toBe(204)
  expect((await stream.next('authorization_failed')).data.code).toBe('cancelled')
  await stream.answer()

  const late = await somebody.return(returnUrl)
  expect([late.status, outcomeOf(late)]).toEqual([410, 'expired'])
  expect(await count('CompleteResourceTokenAuth')).toBe(0)
  expect((await somebody.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })).status).toBe(409)
  expect((await somebody.api(data.startUrl)).status).toBe(409)

  const again = await somebody.ask('List my repositories')
  await somebody.connect((await again.stream.next('authorization_required')).data.startUrl)
  expect(await again.stream.answer()).toContain(`repo-of-${somebody.username}`)
})

test('while a turn waits its conversation accepts no message, and another conversation does', async () => {
  const somebody = await signedIn(stack)
  const { conversationId, stream } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const refused = await somebody.postTurn({ message: 'What can you do?', conversationId })
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([409, 'turn_in_progress'])
  expect((await (await somebody.ask('What can you do?')).stream.answer()).length).toBeGreaterThan(0)
  await somebody.connect(data.startUrl)
  await stream.answer()
  expect((await (await somebody.ask('What can you do?', conversationId)).stream.answer()).length).toBeGreaterThan(0)
})

test('after connecting on the page of connected accounts the first question needs no consent', async () => {
  const somebody = await signedIn(stack)
  const created = await somebody.api('/api/connections/github/authorizations', { method: 'POST' })
  expect(created.status).toBe(201)
  const { startUrl } = JSON.parse(created.body) as { startUrl: string }
  const statusNow = async () => {
    const list = JSON.parse((await somebody.api('/api/connections')).body) as {
      provider: string
      status: string
      account?: string
    }[]
    return list.find(({ provider }) => provider === 'github')
  }
  expect(await statusNow()).toMatchObject({ status: 'consent_pending' })
  expect(outcomeOf(await somebody.consent(startUrl))).toBe('bound')
  // Until the account has been compared, a question would wait for this consent.
  await until(async () => (await statusNow())?.status === 'connected')

  const { stream } = await somebody.ask('List my repositories')
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
  expect(await statusNow()).toMatchObject({ status: 'connected', account: somebody.username })
})

test('an event stream is resumed from any event on, without gaps or duplicates', async () => {
  const somebody = await signedIn(stack)
  const { stream, eventsUrl } = await somebody.ask('What can you do?')
  await stream.next('done')
  const ids = stream.events.map(({ id }) => id)
  for (const [i, id] of ids.slice(0, -1).entries()) {
    const rest = await somebody.stream(eventsUrl, id)
    await rest.next('done')
    expect(rest.events.map((event) => event.id)).toEqual(ids.slice(i + 1))
  }
  expect((await somebody.stream(eventsUrl, ids.at(-1))).status).toBe(204)
})
