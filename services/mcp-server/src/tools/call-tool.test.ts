import type { ConnectionId } from '@agent-identity/contracts'
import { UNKNOWN_OUTCOME } from '@agent-identity/tools'
import { describe, expect, test } from '@jest/globals'
import { asked, naming, untouched, type World, world } from '../test-support/calling-a-tool.ts'
import type { ToolRunOutcome } from './run-tool.ts'

const REJECTED: ToolRunOutcome = { outcome: 'rejected', reason: 'rejected', words: 'GitHub does not accept that.' }
const MISSING: ToolRunOutcome = { outcome: 'rejected', reason: 'scope-missing', words: 'no' }

describe('a first call', () => {
  test('with a token runs the tool, and asks for nothing', async () => {
    const own = world()
    await own.connect()
    expect(await own.call()).toMatchObject({ outcome: 'done', result: { repositories: [] } })
    expect(own.ranWith).toEqual([expect.stringContaining('token of alice')])
    expect(await own.authorizationsNow()).toEqual([])
  })

  test('without one asks for a consent, at once and with the words for it, in the name of its client', async () => {
    const own = world()
    const { id } = await own.connect()
    own.answers.vault = 'authorization-required'
    expect(await own.call()).toMatchObject({
      outcome: 'consent-needed',
      permissions: ['See your profile', 'See your repositories'],
    })
    const [authorization] = await own.authorizationsNow()
    expect(authorization).toMatchObject({
      owner: own.user,
      client: { clientId: 'editor', clientName: 'Editor' },
      provider: 'github',
      connection: id,
      waits: [{ scopes: 'repo' }],
      correlationId: 'now',
    })
    // Any user session of the user may open it.
    expect(authorization).not.toHaveProperty('userSession')
    const lines = own.said.slice(1)
    expect(lines.map(({ event }) => event)).toEqual(['workload_access_token_minted', 'authorization_created'])
    for (const line of lines) expect(line).toMatchObject({ clientId: 'editor', requestId: 'now', user: own.user })
    for (const line of lines) expect(line).not.toMatchObject({ userSession: expect.anything() })
    expect(own.waits()).toBe(0)
  })

  test('changes no connection, although its token is gone', async () => {
    const own = world()
    await own.connect()
    const before = await own.at()
    own.answers.vault = 'authorization-required'
    await own.call()
    expect(await own.at()).toEqual(before)
  })

  test('without a connection asks for a consent, and takes nothing that the vault has', async () => {
    const own = world()
    expect(await own.call()).toMatchObject({ outcome: 'consent-needed' })
    const [authorization] = await own.authorizationsNow()
    expect(authorization).toMatchObject({ provider: 'github', waits: [{ scopes: 'repo' }] })
    expect(authorization).not.toHaveProperty('connection')
    expect([own.atAgentCore, own.ranWith]).toEqual([[], []])
  })

  test('has the agent workload look at its authorization when the time for it is over', async () => {
    const own = world()
    expect(await own.dueAt(await asked(own))).toBe(600_000)
  })

  test.each([
    ['does not answer', 'unavailable', 'may work again later'],
    ['refuses', 'refused', 'is not given access to GitHub'],
  ] as const)('says so when AgentCore %s', async (_what, outcome, words) => {
    const own = world()
    await own.connect()
    own.answers.vault = outcome
    expect(await own.call()).toEqual({ outcome: 'failed', words: expect.stringContaining(words) })
    expect(await own.authorizationsNow()).toEqual([])
  })

  test('says so when clients ask for too many connections at a time', async () => {
    const own = world()
    for (let n = 0; n < 20; n++) await asked(own, { caller: callerOf(own, `client ${n}`) })
    expect(await own.call()).toEqual({ outcome: 'failed', words: expect.stringContaining('within 10 minutes') })
  })

  test('is one of many, with ever other arguments, that wait for the same consent', async () => {
    const own = world()
    const id = await asked(own)
    for (let n = 0; n < 60; n++) expect(await asked(own, { input: { page: n } })).toBe(id)
    expect((await own.read(id)).waits).toHaveLength(1)
  })

  describe('of a change about which the user is asked first', () => {
    const question = { outcome: 'ask-first', displayName: 'GitHub', why: 'always' } as const

    test.each([
      ['nothing is connected', undefined],
      ['the connection has less than it needs', 'read:user'],
      ['the connection has all that it needs', 'read:user repo'],
    ])('asks for no consent and for no token when %s', async (_what, scopes) => {
      const own = world({ asksFirst: () => question })
      if (scopes) await own.connect({ scopes })
      expect(await own.call()).toEqual(question)
      await untouched(own)
    })

    test.each([
      ['connected', 'alice'],
      ['needs_reauthorization', 'alice'],
      ['wrong_account', undefined],
      ['disconnected', undefined],
    ] as const)('is decided by the account of a connection that is %s: %s', async (status, account) => {
      const accounts: unknown[] = []
      const own = world({
        asksFirst(one) {
          accounts.push(one)
          return question
        },
      })
      if (status === 'wrong_account') await own.connect({ expected: 'someOther_1' as ConnectionId })
      else {
        const { id, entry } = await own.connect()
        if (status === 'disconnected') await own.disconnect('alice')
        if (status === 'needs_reauthorization' && entry)
          await own.access.connections.needsReauthorization(own.user, 'github', id, entry)
      }
      await own.call()
      expect(accounts).toEqual([account])
      await untouched(own)
    })

    test('says what a change that was begun before has come to', async () => {
      const own = world({ asksFirst: () => question, begunIn: ({ alice }) => alice && { connection: alice } })
      await own.connect()
      expect(await own.call()).toMatchObject({ outcome: 'done' })
    })
  })

  test('with a token that the vendor does not take asks for a consent, and not for the same token again', async () => {
    const own = world({ ran: [REJECTED] })
    const { id } = await own.connect()
    expect(await own.call()).toMatchObject({ outcome: 'consent-needed', authorization: { connection: id } })
    expect([own.atAgentCore.length, own.ranWith.length]).toEqual([1, 1])
  })

  test('goes on with the token of a consent that was settled while the vendor refused the one before', async () => {
    const own: World = world({
      ran: [
        async () => {
          await own.connect()
          return REJECTED
        },
      ],
    })
    await own.connect()
    expect(await own.call()).toMatchObject({ outcome: 'done' })
    expect(new Set(own.atAgentCore).size).toBe(2)
    expect(await own.authorizationsNow()).toEqual([])
  })
})

const callerOf = (own: World, clientId: string) => ({
  user: own.user,
  clientId,
  accessToken: clientId,
  expiresAt: Date.now() + 3_600_000,
  requestId: 'now',
})

describe('where it is known what its user has granted, a call', () => {
  test('asks for a scope that was left out, and takes nothing that the vault has', async () => {
    const own = world()
    const { id } = await own.connect({ granted: 'read:user' })
    expect(await own.call()).toMatchObject({
      outcome: 'consent-needed',
      permissions: ['See your profile', 'See your repositories'],
      authorization: { connection: id },
    })
    expect(own.atAgentCore).toEqual([])
  })

  test('after they have left it out again says so, and does not ask once more', async () => {
    const own = world()
    await own.connect({ granted: 'read:user' })
    const id = await asked(own)
    await own.consent(id, { granted: 'read:user' })
    const words = expect.stringContaining('did not give this permission at GitHub: See your repositories')
    expect(await own.call(naming(id))).toEqual({ outcome: 'failed', words })
    expect(await own.authorizationsNow()).toHaveLength(1)
  })

  test('that its consent overtakes while it asks goes on, and asks for nothing', async () => {
    const own: World = world({ overtakes: () => own.connect() })
    expect(await own.call()).toMatchObject({ outcome: 'done' })
    expect(await own.authorizationsNow()).toEqual([])
  })

  test('that the vendor refuses although every scope was granted asks for nothing', async () => {
    const own = world({ ran: [MISSING] })
    await own.connect()
    expect(await own.call()).toEqual({ outcome: 'failed', words: 'no' })
    expect(await own.authorizationsNow()).toEqual([])
  })
})

describe('after its user has disconnected, a call', () => {
  test('asks for a consent and takes nothing from the vault', async () => {
    const own = world()
    await own.connect()
    await own.disconnect('alice')
    expect(await own.call()).toMatchObject({ outcome: 'consent-needed' })
    expect(own.atAgentCore).toEqual([])
  })

  test('does not use another account that came in place of the expected one, and has the vendor show its chooser', async () => {
    const own = world()
    await own.connect({ expected: 'someOther_1' as ConnectionId })
    expect(await own.call()).toMatchObject({ outcome: 'consent-needed', authorization: { chooser: true } })
    expect(own.atAgentCore).toEqual([])
  })

  test('runs when its user has connected again, for that connection', async () => {
    const own = world()
    await own.connect()
    await own.disconnect('alice')
    const { generation } = await own.connect()
    expect(await own.call()).toMatchObject({ outcome: 'done' })
    expect(own.generations).toEqual([generation])
  })
})

test.each([
  ['has begun its change is known', true, ['list_repositories']],
  ['has begun none stays as it is', false, []],
])('while a consent is asked for, that a call %s', async (_what, isBegun, expected) => {
  const own = world({ begunIn: ({ alice }) => (isBegun && alice ? { connection: alice } : undefined) })
  await own.connect()
  own.answers.vault = 'authorization-required'
  expect(await own.call()).toMatchObject({ outcome: 'consent-needed' })
  expect(own.kept).toEqual(expected)
})

describe('a call that fails', () => {
  const refused = { outcome: 'failed', words: 'GitHub was asked too often.' } as const

  test.each<[string, ToolRunOutcome[], (own: World) => ReturnType<World['call']>]>([
    ['because the vendor refuses it', [refused], (own) => own.call()],
    [
      'because AgentCore does not answer',
      [],
      (own) => {
        own.answers.vault = 'unavailable'
        return own.call()
      },
    ],
    ['because its user declines', [], async (own) => own.call(naming(await askedByHand(own), 'decline'))],
    [
      'because its consent was denied',
      [],
      async (own) => {
        const id = await askedByHand(own)
        await own.fail(id, 'denied')
        return own.call(naming(id))
      },
    ],
    [
      'after its consent',
      [REJECTED],
      async (own) => {
        const id = await askedByHand(own)
        await own.consent(id)
        return own.call(naming(id))
      },
    ],
    [
      'because of a scope that was left out',
      [],
      async (own) => {
        const id = await askedByHand(own)
        await own.consent(id, { granted: 'read:user' })
        return own.call(naming(id))
      },
    ],
  ])('%s says when its change may have been made before', async (_why, ran, fails) => {
    const outcome = async (
      begunIn?: (ids: Record<string, ConnectionId>) => { connection: ConnectionId } | undefined,
    ) => {
      const own = world({ ran: [...ran], ...(begunIn && { begunIn }) })
      await own.connect()
      return fails(own)
    }
    const plain = await outcome()
    expect(plain).toEqual({ outcome: 'failed', words: expect.not.stringContaining('not known') })
    const words = `${'words' in plain && plain.words}${UNKNOWN_OUTCOME}`
    const begunIn = ({ alice }: Record<string, ConnectionId>) => alice && { connection: alice }
    expect(await outcome(begunIn)).toEqual({ outcome: 'failed', words })
    const made = await outcome((ids) => {
      const begun = begunIn(ids)
      return begun && { ...begun, result: { added: 1 } }
    })
    expect(made).toMatchObject({ outcome: 'done', result: { added: 1 }, repeated: true })
  })

  /** As an earlier call has asked. */
  async function askedByHand({ access, user, ids }: World) {
    const need = {
      owner: user,
      ...{ provider: 'github' as const, displayName: 'GitHub', client: { clientId: 'editor' }, correlationId: 'first' },
      ...(ids.alice && { connection: ids.alice }),
    }
    const opened = await access.authorizations.open(need)
    if (opened.outcome !== 'open') throw new Error(opened.outcome)
    return opened.authorization.id
  }

  test('says only once that its outcome is not known', async () => {
    const unknown = { outcome: 'failed', words: `This was begun before.${UNKNOWN_OUTCOME}` } as const
    const own = world({ ran: [unknown], begunIn: ({ alice }) => alice && { connection: alice } })
    await own.connect()
    expect(await own.call()).toEqual(unknown)
  })
})
