import type { AuthorizationId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { asked, naming, OF_2025, type World, world } from '../test-support/calling-a-tool.ts'

const DECLINED = { outcome: 'failed', words: 'The user did not want to connect GitHub now.' }
const DENIED = { outcome: 'failed', words: 'The user did not allow access to GitHub.' }

/** A world in which a call that waits sees this. */
function meanwhile(happens: (own: World, id: AuthorizationId) => Promise<unknown>): World {
  const own: World = world({ meanwhile: (id) => happens(own, id) })
  return own
}

describe('a retry', () => {
  test('waits, and goes on with the token when its consent is settled', async () => {
    const own = meanwhile((of, id) => of.consent(id))
    const id = await asked(own)
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(own.waits()).toBe(1)
  })

  test('goes on when its user connects elsewhere meanwhile, such as in the chat', async () => {
    const own = meanwhile((of) => of.connect())
    const id = await asked(own)
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'done' })
    expect(own.ranWith).toHaveLength(1)
  })

  test('goes on waiting when something else changes there', async () => {
    const own = meanwhile(async (of, id) => {
      await of.connect()
      await of.disconnect('alice')
      await of.consent(id)
    })
    const id = await asked(own)
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'done', waitedFor: id })
  })

  test('asks again for the same when its user has not come back', async () => {
    const own = world()
    const id = await asked(own)
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'consent-needed', authorization: { id } })
    expect(own.waits()).toBe(1)
    expect(own.said.map(({ event }) => event)).toEqual(['authorization_created'])
  })

  test('keeps to its link while its consent is being settled, also when that gave less than is needed', async () => {
    const own = world()
    const id = await asked(own)
    // The connection is written, and the authorization has not ended.
    await own.connect({ granted: 'read:user' })
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'consent-needed', authorization: { id } })
    expect(await own.authorizationsNow()).toHaveLength(1)
  })

  test('goes on when the account was connected elsewhere before it came', async () => {
    const own = world()
    const id = await asked(own)
    await own.connect()
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'done' })
    expect(own.waits()).toBe(0)
  })

  test.each([
    ['no replica has looked at it yet', false],
    ['it has ended so', true],
  ])('does not wait for a consent that ran out of time, when %s: another one is asked for', async (_what, hasEnded) => {
    const own = world()
    const id = await asked(own)
    own.advance(600_000)
    if (hasEnded) await own.fail(id, 'expired')
    const outcome = await own.call(naming(id))
    expect(outcome).toMatchObject({ outcome: 'consent-needed', authorization: { id: expect.not.stringMatching(id) } })
    expect(own.waits()).toBe(0)
  })

  test('that names one that is not there any more asks for another one', async () => {
    const own = world()
    const gone = naming('r'.repeat(22) as AuthorizationId)
    expect(await own.call(gone)).toMatchObject({ outcome: 'consent-needed' })
    expect(own.waits()).toBe(0)
  })

  test('of 2025-11-25 does not wait for a consent that is asked for only now', async () => {
    const own = world()
    expect(await own.call(OF_2025)).toMatchObject({ outcome: 'consent-needed' })
    expect(own.waits()).toBe(0)
  })

  test.each(['decline', 'cancel'] as const)(
    'with a %s ends its authorization, which the agent workload looks at, and asks AgentCore nothing',
    async (action) => {
      const own = world()
      const id = await asked(own)
      expect(await own.call(naming(id, action))).toEqual(DECLINED)
      expect((await own.read(id)).end).toEqual({ outcome: 'failed', code: 'cancelled' })
      expect(await own.dueAt(id)).toBe(0)
      expect(own.said.at(-1)).toMatchObject({
        ...{ event: 'cancelled', authorizationId: id, clientId: 'editor', requestId: 'now', user: own.user },
      })
      expect(own.atAgentCore).toEqual([])
      // The next call asks for another one.
      expect(await asked(own)).not.toBe(id)
    },
  )

  test('with a decline after its consent has ended changes nothing', async () => {
    const own = world()
    const id = await asked(own)
    await own.fail(id, 'denied')
    const ended = await own.read(id)
    expect(await own.call(naming(id, 'decline'))).toEqual(DECLINED)
    expect(await own.read(id)).toEqual(ended)
    expect(own.said.map(({ event }) => event)).not.toContain('cancelled')
  })

  test.each([
    ['denied', 'denied', DENIED],
    ['cancelled elsewhere', 'cancelled', DECLINED],
    ['failed', 'failed', { outcome: 'failed', words: 'Connecting GitHub did not work.' }],
  ] as const)(
    'for a consent that was %s says so, also when that happens while it waits',
    async (_what, code, words) => {
      const before = world()
      const id = await asked(before)
      await before.fail(id, code)
      expect(await before.call(naming(id))).toEqual(words)
      expect(await before.authorizationsNow()).toHaveLength(1)
      const later = meanwhile((of, one) => of.fail(one, code))
      expect(await later.call(naming(await asked(later)))).toEqual(words)
    },
  )

  test('is told that another account came than the expected one', async () => {
    const own = world()
    await own.connect()
    own.answers.vault = 'authorization-required'
    const id = await asked(own)
    await own.access.authorizations.end(own.user, id, { outcome: 'failed', code: 'wrong_account', account: 'bob' })
    expect(await own.call(naming(id))).toEqual({
      outcome: 'failed',
      words: expect.stringContaining('Another account came at GitHub'),
    })
  })

  test('whose authorization runs out of time while it waits asks for another one, and does not wait again', async () => {
    const own = meanwhile(async (of, id) => {
      of.advance(600_000)
      await of.fail(id, 'expired')
    })
    const id = await asked(own)
    const outcome = await own.call(naming(id))
    expect(outcome).toMatchObject({ outcome: 'consent-needed', authorization: { id: expect.not.stringMatching(id) } })
    expect(own.waits()).toBe(1)
  })

  test('of 2025-11-25 does not wait a second time, when another call has asked for another one meanwhile', async () => {
    let next: AuthorizationId | undefined
    const own = meanwhile(async (of, id) => {
      if (next) return of.consent(id)
      of.advance(600_000)
      next = await asked(of)
      await of.fail(id, 'expired')
    })
    await asked(own)
    const outcome = await own.call(OF_2025)
    expect(outcome).toMatchObject({ outcome: 'consent-needed', authorization: { id: next } })
    expect(own.waits()).toBe(1)
  })

  test('whose token was refused before it waited is told what was left out since, and not that refusal', async () => {
    const refused = { outcome: 'rejected', reason: 'rejected', words: 'GitHub does not accept that.' } as const
    const own: World = world({
      ran: [refused, refused],
      meanwhile: (id) => own.consent(id, { granted: 'read:user' }),
    })
    await own.connect()
    const id = await asked(own)
    const words = expect.stringContaining('did not give this permission')
    expect(await own.call(naming(id))).toEqual({ outcome: 'failed', words })
  })

  test('after a consent that left out what it needs, and more, is told so, and asks for nothing', async () => {
    const own = world()
    const id = await asked(own)
    await own.consent(id, { scopes: 'other read:user repo', granted: 'read:user' })
    expect(await own.call(naming(id))).toMatchObject({
      outcome: 'failed',
      words: expect.stringContaining('See your repositories'),
    })
    expect(await own.authorizationsNow()).toHaveLength(1)
  })

  test('after a consent whose connection its user has ended since asks for nothing', async () => {
    const own = world()
    const id = await asked(own)
    await own.consent(id)
    await own.disconnect('alice')
    expect(await own.call(naming(id))).toEqual(DECLINED)
    expect(own.atAgentCore).toEqual([])
  })

  test.each([
    ['another client', async (own: World) => asked(own, { caller: anotherClient(own) })],
    ['another user', async () => asked(world())],
  ])('that names the authorization of %s does not end it', async (_whose, theirs) => {
    const own = world()
    const id = await theirs(own)
    expect(await own.call(naming(id, 'decline'))).toMatchObject({ outcome: 'consent-needed' })
    expect((await own.authorizationsNow()).every(({ end }) => !end)).toBe(true)
    expect(own.said.map(({ event }) => event)).not.toContain('cancelled')
  })

  const anotherClient = ({ user }: World) => ({
    ...{ user, clientId: 'another', accessToken: 'another', requestId: 'another' },
    expiresAt: Date.now() + 3_600_000,
  })

  test('after a consent whose token the vendor still does not take does not ask once more', async () => {
    const rejected = { outcome: 'rejected', reason: 'rejected', words: 'GitHub does not accept that.' } as const
    const own = world({ ran: [rejected] })
    const id = await asked(own)
    await own.consent(id)
    expect(await own.call(naming(id))).toEqual({ outcome: 'failed', words: rejected.words })
    expect(await own.authorizationsNow()).toHaveLength(1)
  })

  test('of 2025-11-25 does not say what it waits for, waits for the one that is open, and hears how it ends', async () => {
    const own = meanwhile((of, id) => of.consent(id))
    const id = await asked(own)
    expect(await own.call(OF_2025)).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(own.waits()).toBe(1)
    const denied = meanwhile((of, one) => of.fail(one, 'denied'))
    await asked(denied)
    expect(await denied.call(OF_2025)).toEqual(DENIED)
  })

  test('of 2025-11-25 that did not wait when its user denied asks again', async () => {
    const own = world()
    const id = await asked(own)
    await own.fail(id, 'denied')
    expect(await asked(own, OF_2025)).not.toBe(id)
  })
})
