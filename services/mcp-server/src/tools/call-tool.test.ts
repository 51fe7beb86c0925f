import { createAccounts } from '@agent-identity/authorization'
import type { ConnectionId, ConnectionRecord } from '@agent-identity/contracts'
import { UNKNOWN_OUTCOME } from '@agent-identity/tools'
import { describe, expect, test } from '@jest/globals'
import { alice, connection, none, retry, token, world } from '../test-support/calling-a-tool.ts'
import type { CallToolPorts } from './call-tool.ts'
import type { BegunIn, ToolRunOutcome } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'

describe('a first call', () => {
  test('with a token runs the tool, and asks for nothing', async () => {
    const { call, asked } = world({ tokens: [token], connection: connection({}) })
    expect(await call()).toMatchObject({ outcome: 'done', result: { repositories: [] } })
    expect(asked).toEqual([])
  })

  test('without one asks for a consent, at once and with the words for it', async () => {
    const { call, asked, said, waits } = world({ tokens: [none], connection: connection({}) })
    expect(await call()).toMatchObject({
      outcome: 'consent-needed',
      permissions: ['See your profile', 'See your repositories'],
    })
    expect(asked).toEqual([
      {
        owner: alice,
        clientId: 'editor',
        provider: 'github',
        account: { named: undefined },
        displayName: 'GitHub',
        scopes: 'read:user repo',
        forceAuthentication: false,
        correlationId: 'now',
      },
    ])
    expect(said.map(({ event }) => event)).toEqual(['consent_requested'])
    expect(waits()).toBe(0)
  })

  test('without a record of the connection asks for a consent, and takes nothing that the vault has', async () => {
    const { call, asked, atAgentCore, generations } = world({ tokens: [token] })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ provider: 'github', scopes: 'read:user repo' }])
    expect(asked[0]).not.toHaveProperty('account')
    expect([atAgentCore, generations]).toEqual([[], []])
  })

  test('says so when AgentCore does not answer', async () => {
    const { call, asked } = world({ tokens: [{ outcome: 'unavailable' }], connection: connection({}) })
    expect(await call()).toMatchObject({ outcome: 'failed', words: expect.stringContaining('may work again later') })
    expect(asked).toEqual([])
  })

  describe('of a change about which the user is asked first', () => {
    const question = { outcome: 'ask-first', displayName: 'GitHub', why: 'always' } as const
    const untouched = ({ asked, atAgentCore, generations, said }: ReturnType<typeof world>) =>
      expect([asked, atAgentCore, generations, said]).toEqual([[], [], [], []])

    test.each([
      ['nothing is connected', undefined],
      ['the connection has less than it needs', connection({ scopes: 'read:user' })],
      ['the connection has all that it needs', connection({})],
    ])('asks for no consent and for no token when %s', async (_what, record) => {
      const own = world({ tokens: [token], ...(record && { connection: record }), asksFirst: () => question })
      expect(await own.call()).toEqual(question)
      untouched(own)
    })

    test.each([
      ['connected', 'alice'],
      ['needs_reauthorization', 'alice'],
      ['wrong_account', undefined],
      ['disconnected', undefined],
    ] as const)('is decided by the account of a connection that is %s: %s', async (status, account) => {
      const accounts: unknown[] = []
      const own = world({
        tokens: [token],
        connection: connection({ status, account: 'alice' }),
        asksFirst: (one) => {
          accounts.push(one)
          return question
        },
      })
      await own.call()
      expect(accounts).toEqual([account])
      untouched(own)
    })

    test('says what a change that was begun before has come to', async () => {
      const own = world({
        tokens: [token],
        connection: connection({}),
        asksFirst: () => question,
        begunIn: { named: undefined },
        records: { '': connection({}) },
      })
      expect(await own.call()).toMatchObject({ outcome: 'done' })
    })
  })

  test('with a token that the vendor does not take asks to start over', async () => {
    const { call, asked } = world({
      tokens: [token],
      connection: connection({ connectedAt: 5 }),
      ran: [{ outcome: 'rejected', reason: 'token-rejected', words: 'no' }],
    })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ forceAuthentication: true, connectedAt: 5 }])
  })
})

test('where its user has several accounts a call uses the default one, with the parameters of that account', async () => {
  const records = ['idOfWork_01', 'idOfHome_02'].map((text) => {
    const named = text as ConnectionId
    const record = connection({ id: named, hint: text, account: text, parameters: { login: text } })
    return { ref: { user: alice, provider: 'github' as const, named }, record }
  })
  const accounts = createAccounts({
    records: { readAll: async () => [...records], readDefault: async () => 'idOfHome_02' as ConnectionId },
  })
  const { call, wanted, asked } = world({ tokens: [token], accounts })
  expect(await call({ input: { account: 'idOfWork_01' } })).toMatchObject({ outcome: 'done' })
  expect(wanted).toMatchObject([{ user: alice, named: 'idOfHome_02', parameters: { login: 'idOfHome_02' } }])
  expect(asked).toEqual([])
})

describe('with another account as the default by now', () => {
  const home = 'idOfHome_02' as ConnectionId
  const work = 'idOfWork_01' as ConnectionId
  const record = (named: ConnectionId) => connection({ id: named, hint: named, parameters: { login: named } })
  const accounts: CallToolPorts['accounts'] = {
    choose: async (user, provider) => ({ ref: { user, provider, named: work }, record: record(work) }),
  }
  const records = { [home]: record(home), [work]: record(work) }

  test('a call that has begun its change keeps to the account in which it has begun', async () => {
    const { call, wanted } = world({ tokens: [token], accounts, records, begunIn: { named: home } })
    expect(await call()).toMatchObject({ outcome: 'done' })
    expect(wanted).toMatchObject([{ named: home, parameters: { login: home } }])
  })

  test('a retry keeps to the account that its consent was asked for, and a new call does not', async () => {
    const stored = { account: { named: home } }
    const { call, wanted, asked } = world({ tokens: [none, token], accounts, records, stored })
    expect(await call(retry)).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ account: { named: home } }])
    await call()
    expect(wanted).toMatchObject([{ named: home }, { named: work }])
  })

  test('a call that waited keeps to the account that it waited for', async () => {
    const stored = { account: { named: home } }
    const settled = { status: 'bound' } as const
    const { call, wanted } = world({ tokens: [none, token], accounts, records, stored, settled, isNew: false })
    expect(await call({ client: { showsLinks: true, retriesUnnamed: true } })).toMatchObject({ outcome: 'done' })
    expect(wanted).toMatchObject([{ named: work }, { named: home }])
  })

  test.each([
    ['has been disconnected', { [home]: connection({ id: home, status: 'disconnected' }) }],
    ['is no longer there', {}],
  ])(
    'a call whose change was made in an account that %s gets its result, and asks for nothing',
    async (_what, records) => {
      const begunIn = { named: home, result: { added: 1 } }
      const { call, asked, wanted, generations } = world({ tokens: [token], accounts, records, begunIn })
      const done = { outcome: 'done', result: { added: 1 }, repeated: true }
      expect([await call(), await call(retry)]).toMatchObject([done, done])
      expect([asked, wanted, generations]).toEqual([[], [], []])
    },
  )

  test('a call whose account is no longer there asks for nothing, and uses no other', async () => {
    const { call, asked, wanted } = world({ tokens: [token], accounts, begunIn: { named: home } })
    expect(await call()).toEqual({ outcome: 'failed', words: expect.stringContaining('no longer there') })
    expect([asked, wanted]).toEqual([[], []])
  })
})

describe('where it is known what its user has granted, a call', () => {
  const partial = connection({ granted: 'read:user' })

  test('asks for a scope that was left out, to start over, and takes nothing that the vault has', async () => {
    const { call, asked, atAgentCore } = world({ tokens: [token], connection: partial })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ scopes: 'read:user repo', forceAuthentication: true }])
    expect(atAgentCore).toEqual([])
  })

  test('after they have left it out again says so, and does not ask once more', async () => {
    const { call, asked } = world({ tokens: [token], connection: partial, stored: { status: 'bound' } })
    const words = expect.stringContaining('did not give this permission at GitHub: See your repositories')
    expect(await call(retry)).toEqual({ outcome: 'failed', words })
    expect(asked).toEqual([])
  })

  test('that its consent overtakes while it asks goes on, and takes back the request that is not needed', async () => {
    const meanwhile = connection({ connectedAt: 7 })
    const { call, cancelled, said } = world({ tokens: [token], stored: { status: 'started' }, meanwhile })
    expect(await call(retry)).toMatchObject({ outcome: 'done' })
    expect(cancelled).toEqual([retry.answered.consentRequest])
    expect(said.map(({ event }) => event)).toEqual(['consent_requested', 'consent_request_cancelled'])
  })

  test('that the vendor refuses although every scope was granted asks for nothing', async () => {
    const ran: ToolRunOutcome[] = [{ outcome: 'rejected', reason: 'scope-missing', words: 'no' }]
    const granted = connection({ granted: 'repo read:user' })
    const { call, asked } = world({ tokens: [token], ran, connection: granted })
    expect(await call()).toEqual({ outcome: 'failed', words: 'no' })
    expect(asked).toEqual([])
  })
})

describe('after its user has disconnected, or gone to the vendor for another consent, a call', () => {
  test.each<[string, Partial<ConnectionRecord>]>([
    ['while it is disconnected', { status: 'disconnected', scopes: '' }],
    ['while the vendor has not answered', { status: 'disconnecting', scopes: '' }],
    ['at a vault entry that was ended, when another one is connected again', { ended: [{ scopes: 'read:user repo' }] }],
    [
      'at a vault entry whose last consent was not compared',
      { status: 'needs_reauthorization', ended: [{ scopes: 'read:user repo', parameters: {} }] },
    ],
  ])('asks for a consent and takes nothing from the vault: %s', async (_when, changes) => {
    const { call, asked, atAgentCore } = world({
      tokens: [token],
      connection: connection({ ended: [{ scopes: 'read:user repo' }], ...changes }),
    })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toHaveLength(1)
    expect(atAgentCore).toEqual([])
  })

  test('runs when its user has connected again, for that connection', async () => {
    const { call, generations } = world({ tokens: [token], connection: connection({}) })
    expect(await call()).toMatchObject({ outcome: 'done' })
    expect(generations).toEqual([1])
  })
})

test.each([
  ['has begun its change is known', { begunIn: { named: undefined } }, ['list_repositories']],
  ['has begun none stays as it is', {}, []],
])('while a consent is asked for, that a call %s', async (_what, begun, expected) => {
  const record = connection({})
  const { call, kept } = world({ tokens: [none], connection: record, records: { '': record }, ...begun })
  expect(await call()).toMatchObject({ outcome: 'consent-needed' })
  expect(kept).toEqual(expected)
})

describe('a call that fails', () => {
  const refused = { outcome: 'failed', words: 'GitHub was asked too often.' } as const
  const rejected = { outcome: 'rejected', reason: 'token-rejected', words: 'GitHub does not accept that.' } as const
  const decline = { answered: { ...retry.answered, action: 'decline' } } as const

  test.each<[string, Partial<Parameters<typeof world>[0]>, Partial<ToolCall>]>([
    ['because the vendor refuses it', { ran: [refused] }, {}],
    ['because AgentCore does not answer', { tokens: [{ outcome: 'unavailable' }] }, {}],
    ['because its user declines', {}, decline],
    ['because its consent was denied', { stored: { status: 'failed', code: 'denied' } }, retry],
    ['after its consent', { ran: [rejected], stored: { status: 'bound' } }, retry],
    [
      'because of a scope that was left out',
      { connection: connection({ granted: 'read:user' }), stored: { status: 'bound' } },
      retry,
    ],
  ])('%s says when its change may have been made before', async (_why, options, changes) => {
    const { connection: record = connection({}) } = options
    const outcome = (begun: { begunIn?: BegunIn } = {}) => {
      // `world` removes each answer that it gives.
      const answers = structuredClone(options)
      return world({ tokens: [token], connection: record, records: { '': record }, ...answers, ...begun }).call(changes)
    }
    const plain = await outcome()
    expect(plain).toEqual({ outcome: 'failed', words: expect.not.stringContaining('not known') })
    const words = `${'words' in plain && plain.words}${UNKNOWN_OUTCOME}`
    expect(await outcome({ begunIn: { named: undefined } })).toEqual({ outcome: 'failed', words })
    const made = await outcome({ begunIn: { named: undefined, result: { added: 1 } } })
    expect(made).toMatchObject({ outcome: 'done', result: { added: 1 }, repeated: true })
  })

  test('says only once that its outcome is not known', async () => {
    const unknown = { outcome: 'failed', words: `This was begun before.${UNKNOWN_OUTCOME}` } as const
    const begun = { begunIn: { named: undefined }, records: { '': connection({}) } }
    expect(await world({ tokens: [token], ran: [unknown], ...begun }).call()).toEqual(unknown)
  })
})
