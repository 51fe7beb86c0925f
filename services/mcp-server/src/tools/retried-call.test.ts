import type { ConsentRequestId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connection, id, none, retry, token, world } from '../test-support/calling-a-tool.ts'

const DECLINED = { outcome: 'failed', words: 'The user did not want to connect GitHub now.' }

describe('a retry', () => {
  test('waits, and goes on with the token when its consent is bound', async () => {
    const { call, waits } = world({ tokens: [token], settled: { status: 'bound' }, isNew: false })
    expect(await call(retry)).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(waits()).toBe(1)
  })

  test('asks again for the same when its user has not come back', async () => {
    const { call, said } = world({ tokens: [none], isNew: false })
    expect(await call(retry)).toMatchObject({ outcome: 'consent-needed', request: { id } })
    expect(said).toEqual([])
  })

  const EARLIER = 'o'.repeat(22) as ConsentRequestId
  test.each([
    ['has a record still', { id: EARLIER }],
    ['has none any more', {}],
  ])('does not wait for a consent that ran out of time and %s: another one is asked for', async (_what, earlier) => {
    const { call, waits, asked } = world({ tokens: [none], earlier })
    const late = { answered: { consentRequest: EARLIER, action: 'accept' } } as const
    expect(await call(late)).toMatchObject({ outcome: 'consent-needed', request: { id } })
    expect([asked.length, waits()]).toEqual([1, 0])
  })

  test('of 2025-11-25 does not wait for a consent that is asked for only now', async () => {
    const { call, waits } = world({ tokens: [none] })
    const client = { showsLinks: true, retriesUnnamed: true }
    expect(await call({ client })).toMatchObject({ outcome: 'consent-needed', request: { id } })
    expect(waits()).toBe(0)
  })

  test.each(['decline', 'cancel'] as const)(
    'with a %s takes the request back, and asks AgentCore nothing',
    async (action) => {
      const { call, cancelled, said, asked, atAgentCore } = world({ tokens: [token] })
      expect(await call({ answered: { consentRequest: id, action } })).toEqual(DECLINED)
      expect(cancelled).toEqual([id])
      expect(said.map(({ event }) => event)).toEqual(['consent_request_cancelled'])
      expect([asked, atAgentCore]).toEqual([[], []])
    },
  )

  test('with a decline after the consent has failed makes room for another request', async () => {
    const { call, cancelled, said, forgotten } = world({ tokens: [], stored: { status: 'failed', code: 'denied' } })
    expect(await call({ answered: { consentRequest: id, action: 'decline' } })).toEqual(DECLINED)
    expect([cancelled, said, forgotten]).toEqual([[], [], [id]])
  })

  test.each([
    ['denied', { status: 'failed', code: 'denied' }, 'The user did not allow access to GitHub.'],
    ['cancelled elsewhere', { status: 'cancelled' }, DECLINED.words],
  ] as const)('for a consent that was %s says so', async (_what, end, words) => {
    expect(await world({ tokens: [token], stored: end }).call(retry)).toEqual({ outcome: 'failed', words })
    const later = world({ tokens: [none], settled: end, isNew: false })
    expect(await later.call(retry)).toEqual({ outcome: 'failed', words })
  })

  test.each([
    ['names it', { ...retry }],
    ['is of 2025-11-25', { client: { showsLinks: true, retriesUnnamed: true } }],
    ['is of a client that shows no links', { client: { showsLinks: false, retriesUnnamed: false } }],
  ])(
    'waits for the consent that starts over, and not for a second one, once its user has begun it, and %s',
    async (_how, changes) => {
      const { call, asked, waits } = world({
        tokens: [token],
        // The consent has begun: the token that the vendor did not take is used no more.
        connection: connection({
          status: 'needs_reauthorization',
          ended: [{ scopes: 'read:user repo', parameters: {} }],
        }),
        startsOver: { status: 'started', forceAuthentication: true },
        settled: { status: 'bound' },
      })
      expect(await call(changes)).toMatchObject({ outcome: 'done', waitedFor: id })
      expect([asked, waits()]).toEqual([[], 1])
    },
  )

  test('whose request ran out of time while it waited asks for another one, and does not wait again', async () => {
    const next = { id: 'n'.repeat(22) as ConsentRequestId, expiresAt: 3 }
    const { call, asked, waits } = world({ tokens: [none], isNew: false, next })
    expect(await call(retry)).toMatchObject({ outcome: 'consent-needed', request: next })
    expect([asked.length, waits()]).toEqual([2, 1])
  })

  test('after a consent that left out what it needs, and more, is told so, and asks for nothing', async () => {
    const { call, asked } = world({
      tokens: [none],
      stored: { status: 'bound' },
      connection: connection({ scopes: 'other read:user repo', granted: 'read:user' }),
    })
    expect(await call(retry)).toMatchObject({
      outcome: 'failed',
      words: expect.stringContaining('See your repositories'),
    })
    expect(asked).toEqual([])
  })

  test('that names another client’s request takes nothing back', async () => {
    const { call, cancelled } = world({ tokens: [none], stored: { clientId: 'another' } })
    await call({ answered: { consentRequest: id, action: 'decline' } })
    expect(cancelled).toEqual([])
  })

  test('after a consent whose token the vendor still does not take does not ask once more', async () => {
    const rejected = { outcome: 'rejected', reason: 'token-rejected', words: 'GitHub does not accept that.' } as const
    const { call, asked } = world({
      tokens: [token],
      ran: [rejected],
      stored: { status: 'bound' },
      connection: connection({}),
    })
    expect(await call(retry)).toEqual({ outcome: 'failed', words: rejected.words })
    expect(asked).toEqual([])
  })

  test('of 2025-11-25 is told that its user has denied the consent, and a new call of a client that names it is not', async () => {
    const client = { showsLinks: true, retriesUnnamed: true }
    const denied = () => world({ tokens: [none], failed: { code: 'denied' } })
    expect(await denied().call({ client })).toMatchObject({ outcome: 'failed' })
    expect(await denied().call()).toMatchObject({ outcome: 'consent-needed' })
  })

  test('of 2025-11-25 does not say what it waits for, and waits for the one that is open', async () => {
    const { call, waits } = world({ tokens: [token], settled: { status: 'bound' }, isNew: false })
    const client = { showsLinks: true, retriesUnnamed: true }
    expect(await call({ client })).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(waits()).toBe(1)
  })
})
