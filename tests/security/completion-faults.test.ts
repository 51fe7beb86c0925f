import { describe, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, finishes, emulator, opened } = attacksOn(stack)
const operation = 'CompleteResourceTokenAuth'

interface Fault {
  name: string
  fault: { status?: number; error?: string; dropReply?: boolean; times: number }
  page: [number, string]
  calls: number
  record: { status: string; failure?: string }
  /** The outcome when the return URL is opened again. */
  again: string
}

const unconfirmed = { page: [503, 'try_again'], record: { status: 'unconfirmed' }, again: 'try_again' } as const
const refused = {
  page: [403, 'not_recognized'],
  record: { status: 'failed', failure: 'refused' },
  again: 'not_recognized',
} as const

/** AgentCore refuses, or has no token when it is asked later. Then the link can be opened again. */
const nothingConnected: Fault[] = [
  { name: 'is throttled twice', fault: { status: 429, times: 2 }, ...unconfirmed, page: [503, 'try_again'], calls: 2 },
  { name: 'answers 500', fault: { status: 500, times: 1 }, ...unconfirmed, page: [503, 'try_again'], calls: 1 },
  { name: 'answers 503', fault: { status: 503, times: 1 }, ...unconfirmed, page: [503, 'try_again'], calls: 1 },
  {
    name: 'fails before it has done anything',
    fault: { status: 500, dropReply: true, times: 1 },
    ...unconfirmed,
    page: [503, 'try_again'],
    calls: 1,
  },
  { name: 'answers 403', fault: { status: 403, times: 1 }, ...refused, page: [403, 'not_recognized'], calls: 1 },
  { name: 'answers 400', fault: { status: 400, times: 1 }, ...refused, page: [403, 'not_recognized'], calls: 1 },
  { name: 'answers 401', fault: { status: 401, times: 1 }, ...refused, page: [403, 'not_recognized'], calls: 1 },
]

async function repeats(victim: Awaited<ReturnType<typeof waiting>>, returnUrl: URL, outcome: string): Promise<void> {
  for (const n of [0, 1] as const) {
    const via = replicaOf(stack, 'session-binding', n)
    expect(outcomeOf(await victim.who.browser.send(returnUrl, { via }))).toBe(outcome)
  }
}

describe('when CompleteResourceTokenAuth', () => {
  test.each(nothingConnected)(
    '$name: the page and the chat show no connection, and the user can try again',
    async (it) => {
      const victim = await waiting()
      const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
      const count = await emulator.counting()
      await emulator.fault({ operation, user: victim.who.subject, ...it.fault })

      const page = await victim.who.return(returnUrl)
      expect([page.status, outcomeOf(page)]).toEqual(it.page)
      expect(page.body).not.toMatch(/Exception|ThrottlingE|\b(429|500|403)\b/)
      expect(await opened(victim.id)).toMatchObject(it.record)
      await repeats(victim, returnUrl, it.again)
      expect(await count(operation)).toBe(it.calls)
      expect(victim.stream.events.map(({ event }) => event)).not.toContain('authorization_completed')

      if (it.record.status === 'failed') {
        expect((await victim.stream.next('authorization_failed')).data).toEqual({
          authorizationId: victim.id,
          code: 'failed',
        })
        expect(await victim.stream.answer()).not.toContain('repo-of-')
        return finishes(await waiting(victim.who))
      }
      // AgentCore has not refused: the authorization stays open, and its link makes another start.
      expect(outcomeOf(await victim.who.consent(victim.startUrl))).toBe('bound')
      expect(await victim.stream.answer()).toContain(victim.who.username)
      expect(await count(operation)).toBe(it.calls + 1)
    },
  )

  test('is throttled once: it is tried once more, and binds', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const before = (await emulator.calls()).length
    await emulator.fault({ operation, user: victim.who.subject, status: 429, times: 1 })
    const page = await victim.who.return(returnUrl)
    expect([page.status, outcomeOf(page)]).toEqual([200, 'bound'])
    expect(await victim.stream.answer()).toContain(victim.who.username)
    await repeats(victim, returnUrl, 'already_bound')
    const calls = (await emulator.calls()).slice(before).filter((call) => call.operation === operation)
    expect(calls.map(({ status }) => status)).toEqual([429, 200])
  })

  test('succeeds and its reply is lost: it is not called again, AgentCore is asked for the token, and the chat goes on', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const count = await emulator.counting()
    await emulator.fault({ operation, user: victim.who.subject, dropReply: true, times: 1 })
    const page = await victim.who.return(returnUrl)
    expect([page.status, outcomeOf(page)]).toEqual([503, 'try_again'])
    await victim.stream.next('authorization_completed')
    expect(await victim.stream.answer()).toContain(victim.who.username)
    expect(victim.stream.events.map(({ event }) => event)).not.toContain('authorization_failed')
    // The start stays unconfirmed: only session binding knows an answer of its own call.
    await repeats(victim, returnUrl, 'try_again')
    expect(await count(operation)).toBe(1)
  })

  test('succeeds and its reply is lost, while the same return waits on the other replica: both get the same page', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const count = await emulator.counting()
    // While AgentCore does not answer the request for the token, the outcome is unknown.
    const question = await emulator.hold('GetResourceOauth2Token', { user: victim.who.subject })
    await emulator.fault({ operation, user: victim.who.subject, dropReply: true, delayMs: 300, times: 1 })
    const pages = await Promise.all(
      ([0, 1] as const).map((n) => victim.who.browser.send(returnUrl, { via: replicaOf(stack, 'session-binding', n) })),
    )
    await question.release()
    expect(pages.map(outcomeOf)).toEqual(['try_again', 'try_again'])
    expect(await victim.stream.answer()).toContain(victim.who.username)
    expect(await count(operation)).toBe(1)
  })
})
