import { createAccounts } from '@agent-identity/authorization'
import type {
  AuditEvent,
  ConnectionId,
  ConnectionRecord,
  ConsentRequest,
  ConsentRequestId,
  UserRef,
} from '@agent-identity/contracts'
import type { OfferedTool } from '@agent-identity/tools'
import { describe, expect, test } from '@jest/globals'
import { type CallToolPorts, callTool } from './call-tool.ts'
import type { ToolRunOutcome } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'
import type { TokenOutcome } from './user-access.ts'

const alice = 'a'.repeat(22) as UserRef
const id = 'r'.repeat(22) as ConsentRequestId
const provider = {
  id: 'github',
  displayName: 'GitHub',
  credential: 'user',
  baseScopes: ['read:user'],
  scopeDescriptions: { 'read:user': 'See your profile', repo: 'See your repositories' },
  customParameters: {},
  credentialProvider: 'github',
  readOnly: true,
} as const
const tool = { name: 'list_repositories', scopes: ['repo'], does: 'read', provider } as unknown as OfferedTool
const request: ConsentRequest = {
  id,
  owner: alice,
  clientId: 'editor',
  provider: 'github',
  displayName: 'GitHub',
  scopes: 'read:user repo',
  forceAuthentication: false,
  createdAt: 1,
  expiresAt: 2,
  correlationId: 'first',
  status: 'open',
  sealedProgress: 'sealed',
}
const token = { outcome: 'token', accessToken: 'the vendor’s' } as const
const none = { outcome: 'none' } as const
const done: ToolRunOutcome = { outcome: 'done', result: { repositories: [] }, repeated: false }

function world(options: {
  tokens: TokenOutcome[]
  ran?: ToolRunOutcome[]
  stored?: Partial<ConsentRequest>
  settled?: Partial<ConsentRequest>
  isNew?: boolean
  connection?: ConnectionRecord
  accounts?: CallToolPorts['accounts']
}) {
  const { tokens, ran = [done], stored = {}, settled = {}, isNew = true, connection } = options
  const asked: unknown[] = []
  const atAgentCore: string[] = []
  const wanted: Parameters<CallToolPorts['tokenFor']>[1][] = []
  const generations: number[] = []
  const cancelled: string[] = []
  const said: AuditEvent[] = []
  let waits = 0
  const ports: CallToolPorts = {
    offered: new Map([['github', provider]]),
    accounts: options.accounts ?? {
      choose: async (user, provider) => ({ ref: { user, provider, named: undefined }, record: connection }),
    },
    async tokenFor(_caller, access) {
      wanted.push(access)
      atAgentCore.push(access.scopes.join(' '))
      return tokens.shift() ?? none
    },
    async run(_call, _token, { generation }) {
      generations.push(generation)
      return ran.shift() ?? done
    },
    consentRequests: {
      read: async () => ({ ...request, ...stored }),
      async ask(need) {
        asked.push(need)
        return { outcome: 'asked', request: { ...request, ...stored }, isNew }
      },
      async cancel(one) {
        cancelled.push(one.id)
        return true
      },
    },
    async untilSettled(one) {
      waits++
      return { ...one, ...settled }
    },
    audit: (event) => void said.push(event),
    clock: () => 1,
  }
  const call = (changes: Partial<ToolCall> = {}) =>
    callTool(
      {
        tool,
        input: {},
        caller: { user: alice, clientId: 'editor', accessToken: 'the client’s', expiresAt: 3, requestId: 'now' },
        client: { showsLinks: true, retriesUnnamed: false },
        answered: undefined,
        signal: new AbortController().signal,
        ...changes,
      },
      ports,
    )
  return { call, asked, atAgentCore, wanted, generations, cancelled, said, waits: () => waits }
}

const retry = { answered: { consentRequest: id, action: 'accept' } } as const
const DECLINED = { outcome: 'failed', words: 'The user did not want to connect GitHub now.' }

describe('a first call', () => {
  test('with a token runs the tool, and asks for nothing', async () => {
    const { call, asked } = world({ tokens: [token] })
    expect(await call()).toMatchObject({ outcome: 'done', result: { repositories: [] } })
    expect(asked).toEqual([])
  })

  test('without one asks for a consent, at once and with the words for it', async () => {
    const { call, asked, said, waits } = world({ tokens: [none] })
    expect(await call()).toMatchObject({
      outcome: 'consent-needed',
      permissions: ['See your profile', 'See your repositories'],
    })
    expect(asked).toEqual([
      {
        owner: alice,
        clientId: 'editor',
        provider: 'github',
        displayName: 'GitHub',
        scopes: 'read:user repo',
        forceAuthentication: false,
        correlationId: 'now',
      },
    ])
    expect(said.map(({ event }) => event)).toEqual(['consent_requested'])
    expect(waits()).toBe(0)
  })

  test('of a client that shows no links asks for nothing', async () => {
    const { call, asked } = world({ tokens: [none] })
    const client = { showsLinks: false, retriesUnnamed: false }
    expect(await call({ client })).toMatchObject({ outcome: 'consent-elsewhere', displayName: 'GitHub' })
    expect(asked).toEqual([])
  })

  test('says so when AgentCore does not answer', async () => {
    const { call, asked } = world({ tokens: [{ outcome: 'unavailable' }] })
    expect(await call()).toMatchObject({ outcome: 'failed', words: expect.stringContaining('Try again') })
    expect(asked).toEqual([])
  })

  test('with a token that the vendor does not take asks to start over', async () => {
    const { call, asked } = world({
      tokens: [token],
      ran: [{ outcome: 'rejected', reason: 'token-rejected', words: 'no' }],
    })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ forceAuthentication: true }])
  })
})

const connection = (changes: Partial<ConnectionRecord>): ConnectionRecord => ({
  id: 'connection1' as ConnectionId,
  status: 'connected',
  scopes: 'read:user repo',
  generation: 1,
  entries: [],
  ended: [],
  ...changes,
})

test('where its user has several accounts a call is for the default one, with what that one was asked with', async () => {
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

describe('after its user has left a scope out a call', () => {
  const partial = connection({ granted: 'read:user' })

  test('asks for the rest, to start over, and takes nothing that the vault has', async () => {
    const { call, asked, atAgentCore } = world({ tokens: [token], connection: partial })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(asked).toMatchObject([{ scopes: 'read:user repo', forceAuthentication: true }])
    expect(atAgentCore).toEqual([])
  })

  test('after they have left it out again says so, and does not ask without end', async () => {
    const { call, asked } = world({ tokens: [token], connection: partial, stored: { status: 'bound' } })
    const words = expect.stringContaining('did not give this permission at GitHub: See your repositories')
    expect(await call(retry)).toEqual({ outcome: 'failed', words })
    expect(asked).toEqual([])
  })

  test('that the vendor refuses although everything was granted asks for nothing', async () => {
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
    ['at a vault entry of before, when another one is connected again', { ended: [{ scopes: 'read:user repo' }] }],
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

describe('a retry', () => {
  test('waits, and goes on with the token when its consent is bound', async () => {
    const { call, waits } = world({ tokens: [none, token], settled: { status: 'bound' }, isNew: false })
    expect(await call(retry)).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(waits()).toBe(1)
  })

  test('asks again for the same when its user has not come back', async () => {
    const { call, said } = world({ tokens: [none], isNew: false })
    expect(await call(retry)).toMatchObject({ outcome: 'consent-needed', request: { id } })
    expect(said).toEqual([])
  })

  test('does not wait for a consent that ran out of time: another one is asked for', async () => {
    const { call, waits } = world({ tokens: [none] })
    const another = { consentRequest: 'o'.repeat(22) as ConsentRequestId, action: 'accept' } as const
    const gone = world({ tokens: [none], stored: {} })
    expect(await gone.call({ answered: another })).toMatchObject({ outcome: 'consent-needed' })
    expect(await call()).toMatchObject({ outcome: 'consent-needed' })
    expect(waits()).toBe(0)
  })

  test.each(['decline', 'cancel'] as const)('with a %s takes it back, and asks AgentCore nothing', async (action) => {
    const { call, cancelled, said, asked } = world({ tokens: [token] })
    expect(await call({ answered: { consentRequest: id, action } })).toEqual(DECLINED)
    expect(cancelled).toEqual([id])
    expect(said.map(({ event }) => event)).toEqual(['consent_request_cancelled'])
    expect(asked).toEqual([])
  })

  test.each([
    ['denied', { status: 'failed', code: 'denied' }, 'The user did not allow access to GitHub.'],
    ['cancelled elsewhere', { status: 'cancelled' }, DECLINED.words],
  ] as const)('of what was %s says so', async (_what, end, words) => {
    expect(await world({ tokens: [token], stored: end }).call(retry)).toEqual({ outcome: 'failed', words })
    const later = world({ tokens: [none], settled: end, isNew: false })
    expect(await later.call(retry)).toEqual({ outcome: 'failed', words })
  })

  test('that names another client’s request takes nothing back', async () => {
    const { call, cancelled } = world({ tokens: [none], stored: { clientId: 'another' } })
    await call({ answered: { consentRequest: id, action: 'decline' } })
    expect(cancelled).toEqual([])
  })

  test('after a fresh consent that the vendor still does not take does not ask without end', async () => {
    const rejected = { outcome: 'rejected', reason: 'token-rejected', words: 'GitHub does not accept that.' } as const
    const { call, asked } = world({ tokens: [token], ran: [rejected], stored: { status: 'bound' } })
    expect(await call(retry)).toEqual({ outcome: 'failed', words: rejected.words })
    expect(asked).toEqual([])
  })

  test('of 2025-11-25 does not say what it waits for, and waits for the one that is open', async () => {
    const { call, waits } = world({ tokens: [none, token], settled: { status: 'bound' }, isNew: false })
    const client = { showsLinks: true, retriesUnnamed: true }
    expect(await call({ client })).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(waits()).toBe(1)
  })
})
