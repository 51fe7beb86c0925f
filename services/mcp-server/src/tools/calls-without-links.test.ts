import type { AuthorizationId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { asked, NO_LINKS, type World, world } from '../test-support/calling-a-tool.ts'
import type { ToolRunOutcome } from './run-tool.ts'

const REJECTED: ToolRunOutcome = { outcome: 'rejected', reason: 'rejected', words: 'not accepted' }
const MISSING: ToolRunOutcome = { outcome: 'rejected', reason: 'scope-missing', words: 'no' }

describe('a call of a client that shows no links', () => {
  test.each([
    ['nothing is connected', false, []],
    ['its token is one that the vendor does not take', true, [REJECTED]],
  ])('asks, too, for the page of connected accounts, when %s', async (_when, isConnected, ran) => {
    const own = world({ ran })
    if (isConnected) await own.connect()
    own.said.length = 0
    expect(await own.call(NO_LINKS)).toMatchObject({
      outcome: 'consent-elsewhere',
      authorization: { displayName: 'GitHub' },
      permissions: ['See your profile', 'See your repositories'],
      minutesLeft: 10,
    })
    expect(own.said.map(({ event }) => event).filter((event) => event.startsWith('authorization'))).toEqual([
      'authorization_created',
    ])
    expect(own.waits()).toBe(0)
  })

  test('gets the words again at once while its authorization is open, and does not wait', async () => {
    const own = world()
    const id = await asked(own, NO_LINKS)
    expect(await asked(own, NO_LINKS)).toBe(id)
    expect(own.waits()).toBe(0)
  })

  test.each<[string, (own: World, id: AuthorizationId) => Promise<unknown>, object]>([
    ['waits, and then runs the tool', (own, id) => own.consent(id), { outcome: 'done' }],
    ['is told when it was cancelled', (own, id) => own.fail(id, 'cancelled'), { outcome: 'failed' }],
    ['is told when it was denied', (own, id) => own.fail(id, 'denied'), { outcome: 'failed' }],
  ])('while its user is consenting, %s', async (_how, happens, outcome) => {
    const own: World = world({ meanwhile: (id) => happens(own, id) })
    await own.open(await asked(own, NO_LINKS))
    expect(await own.call(NO_LINKS)).toMatchObject(outcome)
    expect(own.waits()).toBe(1)
  })

  test.each([
    ['waits until a minute after the start', 59_999, 1],
    ['does not wait from then on: its user may have closed the tab', 60_000, 0],
  ])('for a consent that has no outcome %s', async (_how, ms, expected) => {
    const own = world()
    const id = await asked(own, NO_LINKS)
    own.advance(240_000)
    await own.open(id)
    own.advance(ms)
    expect(await own.call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere', minutesLeft: expected ? 10 : 9 })
    expect(own.waits()).toBe(expected)
  })

  test('that did not wait when its user denied is not told, and asks again', async () => {
    const own = world()
    const id = await asked(own, NO_LINKS)
    await own.fail(id, 'denied')
    expect(await asked(own, NO_LINKS)).not.toBe(id)
  })

  test('whose token the vendor does not take says what the vendor said', async () => {
    const own = world({ ran: [REJECTED] })
    await own.connect()
    expect(await own.call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere', why: 'not accepted' })
  })

  test('just after a consent for which less was granted says what was left out, and asks again later', async () => {
    const own = world()
    await own.connect({ granted: 'read:user' })
    own.advance(119_999)
    expect(await own.call(NO_LINKS)).toEqual({
      outcome: 'failed',
      words: expect.stringContaining('did not give this permission at GitHub: See your repositories'),
    })
    own.advance(1)
    expect(await own.call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere' })
  })

  test('just after a consent for which its vendor misses a scope gives its words', async () => {
    const own = world({ ran: [MISSING] })
    await own.connect()
    expect(await own.call(NO_LINKS)).toEqual({ outcome: 'failed', words: 'no' })
  })

  test.each<[string, (own: World) => Promise<unknown>]>([
    ['that asked for less', (own) => own.connect({ scopes: 'read:user' })],
    [
      'that its user has disconnected since',
      async (own) => {
        await own.connect()
        await own.disconnect('alice')
      },
    ],
  ])('just after a consent %s, asks', async (_what, happens) => {
    const own = world()
    await happens(own)
    expect(await own.call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere' })
  })
})
