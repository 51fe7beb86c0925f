import type {
  AuditEvent,
  AuthorizationId,
  PendingAuthorization,
  TurnEvent,
  TurnId,
  UserRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { AccessRequest } from './request-authorization.ts'
import { type SettleAuthorizationPorts, settleAuthorization } from './settle-authorization.ts'

const NOW = 1_900_000_000_000
const id = `${'s'.repeat(22)}.${'i'.repeat(22)}` as AuthorizationId
const turns = ['t', 'u'].map((letter) => `${'c'.repeat(22)}.${letter.repeat(11)}` as TurnId)
const record = {
  status: 'bound',
  owner: 'a'.repeat(22) as UserRef,
  provider: 'github',
  scopes: 'read:user repo',
  correlationId: 'the-turn',
  expiresAt: NOW + 1_000,
} as PendingAuthorization

function world(changes: Partial<PendingAuthorization> | undefined, token: string | null = 'granted') {
  let stored = changes && { ...record, ...changes }
  const done: string[] = []
  const told: TurnEvent[] = []
  const said: AuditEvent[] = []
  const requests: AccessRequest[] = []
  const ports: SettleAuthorizationPorts = {
    authorizations: {
      read: async () => stored,
      async end(_id, status) {
        if (stored?.status !== 'pending') return false
        stored = { ...stored, status }
        return true
      },
      async abandon() {
        if (stored?.status !== 'binding') return false
        stored = { ...stored, status: 'unconfirmed' }
        return true
      },
      waitingTurns: async () => turns,
      release: async () => void done.push('release'),
      forget: async () => void done.push('forget'),
    },
    async existingToken(access) {
      done.push('ask AgentCore')
      requests.push(access)
      return token ?? undefined
    },
    async accountOf() {
      done.push('ask the vendor')
      return 'alice'
    },
    connections: {
      connected: async (_user, provider, scopes, account) =>
        void done.push(`connected ${provider} ${scopes} ${account}`),
    },
    turns: {
      tell: async (_turn, event) => void told.push(event),
      resume: async (turn) => void done.push(`resume ${turn}`),
    },
    audit: (event) => void said.push(event),
    clock: () => NOW,
  }
  return { said, requests, done, told, settle: () => settleAuthorization(id, ports), stored: () => stored }
}

const resumed = turns.map((turn) => `resume ${turn}`)

describe('a notification', () => {
  test.each([
    ['pending', { status: 'pending' }, { later: record.expiresAt }],
    ['binding', { status: 'binding', bindingEndsAt: NOW + 1 }, { later: NOW + 1 }],
  ] as const)('that comes while it is %s does nothing', async (_name, changes, result) => {
    const { done, told, settle } = world(changes)
    expect(await settle()).toEqual(result)
    expect([done, told]).toEqual([[], []])
  })

  test('about nothing does nothing', async () => {
    const { done, told, settle } = world(undefined)
    expect(await settle()).toBe('settled')
    expect([done, told]).toEqual([['forget'], []])
  })
})

test('bound: AgentCore and the vendor are asked, the connection is remembered, every waiting turn is told, then resumed', async () => {
  const { done, told, settle } = world({})
  expect(await settle()).toBe('settled')
  expect(done).toEqual([
    'release',
    'ask AgentCore',
    'ask the vendor',
    'connected github read:user,repo alice',
    ...resumed,
    'forget',
  ])
  expect(told).toEqual(
    turns.map(() => ({ event: 'authorization_completed', data: { authorizationId: id, account: 'alice' } })),
  )
})

test('unconfirmed: a token at AgentCore means that it was bound', async () => {
  const { told, settle } = world({ status: 'unconfirmed' })
  await settle()
  expect(told[0]?.event).toBe('authorization_completed')
})

test('unconfirmed, and no token: nothing is claimed, and the turns go on to ask again', async () => {
  const { done, told, settle } = world({ status: 'unconfirmed' }, null)
  await settle()
  expect(done.some((step) => step.startsWith('connected'))).toBe(false)
  expect(told[0]).toEqual({ event: 'authorization_failed', data: { authorizationId: id, code: 'failed' } })
  expect(done).toEqual(expect.arrayContaining(resumed))
})

test.each([
  [{ status: 'failed', failure: 'denied' }, 'denied'],
  [{ status: 'failed', failure: 'refused' }, 'failed'],
  [{ status: 'cancelled' }, 'cancelled'],
  [{ status: 'expired' }, 'expired'],
  [{ status: 'pending', expiresAt: NOW }, 'expired'],
] as const)('%j: told as %s, without a call', async (changes, code) => {
  const { done, told, settle } = world(changes)
  await settle()
  expect(told.map((event) => event.event === 'authorization_failed' && event.data.code)).toEqual([code, code])
  expect(done).toEqual(['release', ...resumed, 'forget'])
})

test('left binding by a process that died: its outcome is asked of AgentCore', async () => {
  const { stored, told, settle } = world({ status: 'binding', bindingEndsAt: NOW })
  await settle()
  expect(stored()?.status).toBe('unconfirmed')
  expect(told[0]?.event).toBe('authorization_completed')
})

describe('the audit trail', () => {
  const authorization = {
    requestId: 'the-turn',
    correlationId: 'the-turn',
    user: record.owner,
    userSession: 's'.repeat(22),
    authorizationId: id,
    provider: 'github',
    scopes: ['read:user', 'repo'],
  }

  test('has the expiry once, whoever notices it at the same time or later', async () => {
    const { said, settle } = world({ status: 'pending', expiresAt: NOW })
    await Promise.all([settle(), settle()])
    await settle()
    expect(said).toEqual([{ event: 'expired', ...authorization }])
  })

  test('has what a dead process left open, once', async () => {
    const { said, settle } = world({ status: 'binding', bindingEndsAt: NOW })
    await Promise.all([settle(), settle()])
    await settle()
    expect(said).toEqual([{ event: 'binding_unconfirmed', ...authorization, reason: 'left-behind' }])
  })

  test('is told which authorization a token came after', async () => {
    const { requests, settle } = world({})
    await settle()
    expect(requests).toEqual([
      expect.objectContaining({
        requestId: 'the-turn',
        after: { authorizationId: id, correlationId: 'the-turn' },
      }),
    ])
  })
})
