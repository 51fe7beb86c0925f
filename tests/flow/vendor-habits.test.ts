import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outcomeOf, type Person } from '../support/person.ts'
import { signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { signOutAt, witnessAt } from '../support/vendors.ts'

let stack: Awaited<ReturnType<typeof startStackOfItsOwn>>

beforeAll(async () => {
  const vendorHabits = {
    github: ['consent-ends-earlier'],
    'google-calendar': ['one-token-ends-all'],
    slack: ['same-token-again'],
    microsoft: ['refuses-unknown-parameters'],
  } as const
  stack = await startStackOfItsOwn({}, { replicas: 1, vendorHabits })
})
afterAll(() => stack.stop())

const home = (who: Person) => `${who.username}-home`

const liveAt = async (who: Person, provider: string) =>
  (await who.connections(provider)).filter(({ status }) => status === 'connected')

/** The vendor may have another account signed in. */
async function consentAs(who: Person, provider: string, startUrl: string, username: string): Promise<void> {
  await signOutAt(who, provider)
  let page = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  expect(page.body).toContain('type="password"')
  page = await who.browser.submit(page, { username, password: who.password })
  if (page.url.origin !== new URL(stack.app).origin) page = await who.decide(page, 'authorize')
  expect(outcomeOf(page)).toBe('bound')
}

async function answerTo(who: Person, question: string): Promise<string> {
  const { stream } = await who.ask(question)
  const answer = await stream.answer()
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
  return answer
}

async function answerWithConsent(who: Person, provider: string, question: string, asksFirst = false): Promise<string> {
  const { stream } = await who.ask(question)
  await consentAs(who, provider, (await stream.next('authorization_required')).data.startUrl, who.username)
  if (asksFirst) {
    const { data } = await stream.next('confirmation_required')
    await who.api(`/api/confirmations/${data.confirmationId}`, { method: 'POST', json: { answer: 'confirmed' } })
  }
  return stream.answer()
}

const tokensOf = async (provider: string, username: string) => (await witnessAt(stack, provider, username)).tokens

describe.each([
  {
    habit: 'ends all tokens of an account with one of them',
    provider: 'google-calendar',
    reading: 'What is on my calendar today?',
    has: (username: string) => `Meeting of ${username} (`,
    more: () => 'Add Lunch at 12:30 to my calendar',
    hasMore: 'Lunch is on your calendar',
  },
  {
    habit: 'gives the same token again',
    provider: 'slack',
    reading: 'Which Slack channels am I in?',
    has: (username: string) => `notes-of-${username}`,
    more: () => 'Post "Lunch is at noon" to #general',
    hasMore: 'is posted in #general',
    asksFirst: true,
  },
  {
    habit: 'ends the earlier token at a new consent',
    provider: 'github',
    reading: 'List my repositories',
    has: (username: string) => `repo-of-${username}.`,
    more: (username: string) => `Open an issue titled Habit in ${username}/repo-of-${username}`,
    hasMore: '"Habit", is open in',
  },
])('a vendor that $habit', ({ provider, reading, has, more, hasMore, asksFirst }) => {
  test('more scopes, a second account, and each disconnected on its own: the other one goes on working', async () => {
    const who = await signedIn(stack)
    expect(await answerWithConsent(who, provider, reading)).toContain(has(who.username))
    expect(await answerWithConsent(who, provider, more(who.username), asksFirst)).toContain(hasMore)
    expect(await answerTo(who, reading)).toContain(has(who.username))
    const [first] = await liveAt(who, provider)

    const path = `/api/connections/${provider}`
    const { status, body } = await who.api(`${path}/authorizations`, { method: 'POST', json: { anotherAccount: true } })
    expect(status).toBe(201)
    await consentAs(who, provider, JSON.parse(body).startUrl, home(who))
    await until(async () => (await liveAt(who, provider)).length === 2)
    expect(await answerTo(who, reading)).toContain(has(who.username))

    const disconnect = async (accountId = '') =>
      expect((await who.api(`${path}?account=${accountId}`, { method: 'DELETE' })).status).toBe(200)
    await disconnect(first?.accountId)
    await until(async () => (await tokensOf(provider, who.username)) === 0)
    expect(await answerTo(who, reading)).toContain(has(home(who)))
    const [second, ...others] = await liveAt(who, provider)
    expect(others).toEqual([])
    await disconnect(second?.accountId)
    await until(async () => (await tokensOf(provider, home(who))) === 0)
    expect(await liveAt(who, provider)).toEqual([])
  })
})

test('a vendor that refuses unknown parameters: nothing is connected, and the turn goes on when its user calls the consent off', async () => {
  const who = await signedIn(stack)
  const { stream } = await who.ask('What is my Microsoft name?')
  const { data } = await stream.next('authorization_required')
  const page = await who.start(data.startUrl)
  expect(page.body).toContain('Unknown parameter: connection_label')
  const called = await who.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })
  expect(called.status).toBe(204)
  expect(await stream.answer()).toContain('did not want to connect')
  expect(await liveAt(who, 'microsoft')).toEqual([])
  expect(await tokensOf('microsoft', who.username)).toBe(0)
})
