import type { AuthorizationId } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Answer } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { startOf } from '../support/secrets.ts'
import { startService } from '../support/service-process.ts'
import { emulatorOf, type Stack, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'

const QUESTION = 'What is on my calendar today and list my repositories'

async function asksForTwo(stack: Stack) {
  const who = await signedIn(stack)
  const { stream } = await who.ask(QUESTION)
  const one = await stream.next('authorization_required')
  const other = await stream.next(
    'authorization_required',
    stream.events.filter(({ event }) => event === 'authorization_required').slice(0, 1),
  )
  return { who, stream, first: one.data, second: other.data }
}

const textOf = ({ body }: Answer) => body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

const statusOf = async (stack: Stack, id: AuthorizationId) => (await startOf(stack, id))?.status

let withSharedCookie: Awaited<ReturnType<typeof startStackOfItsOwn>>
beforeAll(async () => {
  const identityAssumptions = { authorizationCookie: 'shared' } as const
  withSharedCookie = await startStackOfItsOwn({}, { replicas: 1, identityAssumptions })
})
afterAll(() => withSharedCookie.stop())

describe.each(['per-session', 'shared'] as const)('with AgentCore’s cookie %s', (authorizationCookie) => {
  let stack: Stack
  beforeAll(() => {
    stack = authorizationCookie === 'per-session' ? stackOfThisWorker() : withSharedCookie
  })

  test('a second start shows which consent is open and does not redirect; the first one starts again at once', async () => {
    const { who, stream, first, second } = await asksForTwo(stack)
    const consentPage = await who.start(first.startUrl)
    const count = await emulatorOf(stack).counting()

    const page = await who.start(second.startUrl)
    expect([page.status, page.url.origin, page.headers.location]).toEqual([409, stack.app, undefined])
    expect(textOf(page)).toContain(`You are already connecting ${first.displayName}`)
    expect(textOf(page)).toContain(`Go on with ${second.displayName}`)
    expect(page.body).not.toContain(stack.agentcoreIdentity)
    expect(await count('authorize')).toBe(0)
    expect(stream.events.map(({ event }) => event)).not.toContain('authorization_set_aside')

    const again = await who.start(first.startUrl)
    expect(again.url.origin).toBe(consentPage.url.origin)
    expect(outcomeOf(await who.decide(again, 'authorize'))).toBe('bound')
    expect(outcomeOf(await who.consent(second.startUrl))).toBe('bound')
    expect(await stream.answer()).toContain(`repo-of-${who.username}`)
  })

  test('after going on with the second: the first card says so and can be started again, and both lead to one answer', async () => {
    const { who, stream, first, second } = await asksForTwo(stack)
    const count = await emulatorOf(stack).counting()
    await who.start(first.startUrl)
    const consentPage = await who.goOnInstead(await who.start(second.startUrl))

    const { data } = await stream.next('authorization_set_aside')
    expect(data).toEqual({ authorizationId: first.authorizationId, instead: { displayName: second.displayName } })
    expect(await statusOf(stack, first.authorizationId)).toBe('pending')
    expect(outcomeOf(await who.decide(consentPage, 'authorize'))).toBe('bound')

    expect(outcomeOf(await who.consent(first.startUrl))).toBe('bound')
    const answer = await stream.answer()
    expect(answer).toContain(`Meeting of ${who.username}`)
    expect(answer).toContain(`repo-of-${who.username}`)
    expect(await count('CompleteResourceTokenAuth')).toBe(2)
    expect(stream.events.filter(({ event }) => event === 'authorization_set_aside')).toHaveLength(1)
  })

  test('the tab of the consent that was set aside ends as the cookie allows, and every turn still gets its answer', async () => {
    const { who, stream, first, second } = await asksForTwo(stack)
    const left = await who.start(first.startUrl)
    const consentPage = await who.goOnInstead(await who.start(second.startUrl))
    const end = await who.decide(left, 'authorize')
    if (authorizationCookie === 'per-session') {
      expect(outcomeOf(end)).toBe('bound')
    } else {
      expect([end.url.origin, end.status]).toEqual([stack.agentcoreIdentity, 400])
      expect(await statusOf(stack, first.authorizationId)).toBe('pending')
    }
    expect(outcomeOf(await who.decide(consentPage, 'authorize'))).toBe('bound')
    if (authorizationCookie === 'shared') expect(outcomeOf(await who.consent(first.startUrl))).toBe('bound')
    expect(await stream.answer()).toContain(`repo-of-${who.username}`)
  })

  test('two starts at the same moment: one is redirected, the other one sees the page', async () => {
    const { who, first, second } = await asksForTwo(stack)
    const until = (url: URL) => url.origin === stack.agentcoreIdentity
    const tabs = await Promise.all([first, second].map(({ startUrl }) => who.start(startUrl, until)))
    expect(tabs.map(({ status }) => status).sort()).toEqual([303, 409])
  })

  test.each(['cancelled', 'denied'] as const)(
    'after a consent that was %s the next one starts without the page',
    async (end) => {
      const { who, stream, first, second } = await asksForTwo(stack)
      const page = await who.start(first.startUrl)
      if (end === 'denied') expect(outcomeOf(await who.decide(page, 'deny'))).toBe('denied')
      else await who.api(`/api/authorizations/${first.authorizationId}`, { method: 'DELETE' })
      expect(outcomeOf(await who.consent(second.startUrl))).toBe('bound')
      await stream.answer()
    },
  )
})

describe('without the page (CONSENTS_AT_ONCE=many)', () => {
  let unlimited: Awaited<ReturnType<typeof startService>>
  beforeAll(async () => {
    unlimited = await startService(withSharedCookie, 'agent-workload', { CONSENTS_AT_ONCE: 'many' })
  })
  afterAll(() => unlimited.stop())

  test('and with a shared cookie, the first consent ends in AgentCore’s error, and its turn goes on waiting', async () => {
    const stack = withSharedCookie
    const { who, stream, first, second } = await asksForTwo(stack)
    const from = new URL(stack.app)
    const start = async (startUrl: string) => {
      const page = await who.browser.navigate(new URL(startUrl, stack.app), { from, via: unlimited.url })
      expect(page.status).toBe(200)
      return page.body.includes('type="password"')
        ? who.browser.submit(page, { username: who.username, password: who.password })
        : page
    }
    const pages = [await start(first.startUrl), await start(second.startUrl)] as const

    const end = await who.decide(pages[0], 'authorize')
    expect([end.url.origin, end.status]).toEqual([stack.agentcoreIdentity, 400])
    expect(JSON.parse(end.body)).toEqual({ message: expect.stringContaining("'cookie'") })
    expect(outcomeOf(await who.decide(pages[1], 'authorize'))).toBe('bound')
    expect(await statusOf(stack, first.authorizationId)).toBe('pending')
    expect(stream.events.map(({ event }) => event)).not.toContain('done')
  })
})
