import type { ConnectionRecord, ConsentRequestId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connection, id, none, token, world } from '../test-support/calling-a-tool.ts'
import type { ToolRunOutcome } from './run-tool.ts'

const NO_LINKS = { client: { showsLinks: false, retriesUnnamed: false } }
const MISSING: ToolRunOutcome = { outcome: 'rejected', reason: 'scope-missing', words: 'no' }

describe('a call of a client that shows no links', () => {
  test.each([
    ['lacks a token', { tokens: [none] }, { forceAuthentication: false }],
    [
      'has a token that the vendor does not take',
      {
        tokens: [token],
        connection: connection({ connectedAt: 5 }),
        ran: [{ outcome: 'rejected', reason: 'token-rejected', words: 'no' }] as ToolRunOutcome[],
      },
      { forceAuthentication: true, connectedAt: 5 },
    ],
  ])('asks, too, for the page of connected accounts, when it %s', async (_when, given, need) => {
    const { call, asked, said, waits } = world(given)
    expect(await call(NO_LINKS)).toMatchObject({
      outcome: 'consent-elsewhere',
      request: { displayName: 'GitHub' },
      permissions: ['See your profile', 'See your repositories'],
      minutesLeft: 1,
    })
    expect(asked).toMatchObject([{ provider: 'github', scopes: 'read:user repo', ...need }])
    expect([said.map(({ event }) => event), waits()]).toEqual([['consent_requested'], 0])
  })

  test('gets the words again at once while its request stands, and does not wait', async () => {
    const { call, said, waits } = world({ tokens: [none], isNew: false })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere' })
    expect([said, waits()]).toEqual([[], 0])
  })

  test.each([
    ['waits, and then runs the tool', { status: 'bound' } as const, { outcome: 'done' }],
    ['waits no longer than the time for it', { status: 'started' } as const, { outcome: 'consent-elsewhere' }],
    ['is told when it was cancelled', { status: 'cancelled' } as const, { outcome: 'failed' }],
  ])('while its user is consenting, %s', async (_how, settled, outcome) => {
    const stored = { status: 'started' } as const
    const { call, waits } = world({ tokens: [token], isNew: false, stored, settled })
    expect(await call(NO_LINKS)).toMatchObject(outcome)
    expect(waits()).toBe(1)
  })

  test.each([
    ['waits until a minute after the start', 60_000, 1],
    ['does not wait from then on: its user may have closed the tab', 60_001, 0],
  ])('for a consent that has no outcome %s', async (_how, now, expected) => {
    const stored = { status: 'started', startedAt: 1, expiresAt: 600_000 } as const
    const { call, waits } = world({ tokens: [token], isNew: false, stored, settled: stored, now })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere' })
    expect(waits()).toBe(expected)
  })

  test('is told that its user has denied the consent since the last call, and asks for nothing', async () => {
    const { call, asked, forgotten } = world({ tokens: [none], failed: { code: 'denied' } })
    expect(await call(NO_LINKS)).toEqual({ outcome: 'failed', words: 'The user did not allow access to GitHub.' })
    expect([asked, forgotten]).toEqual([[], [id]])
  })

  test('is told that, too, of a consent that starts over', async () => {
    const failed = { code: 'denied', forceAuthentication: true } as const
    const record = connection({
      status: 'needs_reauthorization',
      ended: [{ scopes: 'read:user repo', parameters: {} }],
    })
    const { call, asked } = world({ tokens: [none], failed, connection: record })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'failed' })
    expect(asked).toEqual([])
  })

  test('is not told what was denied before its user has connected, and asks', async () => {
    const failedAt = (createdAt: number) =>
      world({
        tokens: [none],
        failed: { code: 'denied', createdAt },
        connection: connection({ connectedAt: 5, scopes: 'read:user' }),
      }).call(NO_LINKS)
    expect(await failedAt(4)).toMatchObject({ outcome: 'consent-elsewhere' })
    expect(await failedAt(5)).toMatchObject({ outcome: 'failed' })
  })

  test('gets the request that stands, and not the denial of another one', async () => {
    const startsOver = { id: 'o'.repeat(22) as ConsentRequestId, forceAuthentication: true }
    const failed = { code: 'denied' } as const
    const { call, forgotten } = world({ tokens: [none], failed, startsOver, connection: connection({}) })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere', request: startsOver })
    expect(forgotten).toEqual([])
  })

  test('is told once of a consent that was denied while it waited', async () => {
    const stored = { status: 'started' } as const
    const settled = { status: 'failed', code: 'denied' } as const
    const { call, forgotten } = world({ tokens: [none], isNew: false, stored, settled })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'failed' })
    expect(forgotten).toEqual([id])
  })

  test('whose token the vendor does not take says what the vendor said', async () => {
    const ran: ToolRunOutcome[] = [{ outcome: 'rejected', reason: 'token-rejected', words: 'not accepted' }]
    const { call } = world({ tokens: [token], ran, connection: connection({ connectedAt: 1 }) })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere', why: 'not accepted' })
  })

  const JUST_NOW = { connectedAt: 1 }
  const EARLIER = { entries: [{ scopes: 'read:user repo', parameters: {} }] }

  test.each<[string, ToolRunOutcome[], Partial<ConnectionRecord>, RegExp]>([
    ['for which less was granted says what was left out', [], { granted: 'read:user' }, /See your repositories/],
    ['whose vendor misses a scope gives its words', [MISSING], {}, /^no$/],
  ])('just after a consent %s', async (_what, ran, changes, words) => {
    const after = (now: number) =>
      world({ tokens: [token], ran: [...ran], connection: connection({ ...JUST_NOW, ...changes }), now }).call(NO_LINKS)
    expect(await after(1)).toMatchObject({ outcome: 'failed', words: expect.stringMatching(words) })
    expect(await after(120_001)).toMatchObject({ outcome: 'consent-elsewhere' })
  })

  test.each<[string, Partial<ConnectionRecord>]>([
    ['for less, which an earlier consent had asked for', { ...EARLIER, scopes: 'read:user' }],
    ['that its user has disconnected since', { ...EARLIER, scopes: '', status: 'disconnected' }],
  ])('just after a consent %s, asks', async (_what, changes) => {
    const { call } = world({ tokens: [none], connection: connection({ ...JUST_NOW, ...changes }) })
    expect(await call(NO_LINKS)).toMatchObject({ outcome: 'consent-elsewhere' })
  })
})
