import type {
  AuthorizationId,
  ConnectionRecord,
  ConnectionUse,
  OfferedProvider,
  PendingAuthorization,
  ProviderId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { OFFERED } from '../test-support/offered.ts'
import { listConnections } from './list-connections.ts'

const ref = 'r'.repeat(22) as UserSessionRef
const user = 'u'.repeat(22) as UserRef
const NOW = 1_900_000_000_000
const provider = (id: string) => {
  const found = OFFERED.get(id)
  if (!found) throw new Error(`The tests offer no ${id}`)
  return found
}
const GITHUB = provider('github')
const CALENDAR = provider('google-calendar')
const base = GITHUB.baseScopes.join(' ')

const id = `${ref}.${'x'.repeat(22)}` as AuthorizationId

function listed(
  record?: Partial<ConnectionRecord>,
  pending: ProviderId[] = [],
  uses: ConnectionUse[] = [],
  authorization: Partial<PendingAuthorization> = { status: 'pending', expiresAt: NOW },
  calendar = CALENDAR,
) {
  const asked: unknown[][] = []
  const list = listConnections({ ref, userRef: user } as CurrentUserSession, {
    offered: new Map([GITHUB, calendar].map((one) => [one.id, one])),
    accounts: {
      async list(...of) {
        asked.push(of)
        const [user, provider] = of
        if (!record || provider !== 'github') return []
        const found = connectionRecord({ scopes: base, connectedAt: NOW, ...record })
        return [{ ref: { user, provider, named: undefined }, record: found }]
      },
      defaultOf: async () => undefined,
    },
    uses: { list: async (...of) => (of.join() === `10,${user},github,connection1` ? uses : []) },
    askFirst: { isOn: async (...of) => of[0] === user && of[1] === 'google-calendar' },
    authorizations: {
      async listActive(...of) {
        asked.push(of)
        return pending.map((provider) => ({ id, record: { ...authorization, provider } as PendingAuthorization }))
      },
    },
  })
  return { asked, list }
}

test('only where the vendor can be asked for a certain account does a row say so', async () => {
  const choosing = { ...CALENDAR, accountChoice: { hintParameter: 'login_hint' } } as unknown as OfferedProvider
  const rows = await listed(undefined, [], [], undefined, choosing).list
  expect(rows.map(({ provider, canAskForAccount }) => [provider, canAskForAccount])).toEqual([
    ['github', undefined],
    ['google-calendar', true],
  ])
})

test('reads only this user’s records', async () => {
  const { asked, list } = listed()
  await list
  expect(asked).toEqual([
    [ref, user],
    [user, 'github'],
    [user, 'google-calendar'],
  ])
})

test('the latch of a connection that never was is no connection', async () => {
  const latch = { status: 'disconnected', onlyBound: true, disconnectedAt: undefined, connectedAt: undefined } as const
  expect(await listed(latch).list).toEqual(await listed().list)
  const [ended] = await listed({ ...latch, disconnectedAt: NOW }).list
  expect(ended?.status).toBe('disconnected')
})

describe('a row', () => {
  test('without a record is not connected, and names neither scopes, account nor time', async () => {
    expect(await listed().list).toEqual([
      {
        provider: 'github',
        displayName: GITHUB.displayName,
        status: 'not_connected',
        scopes: [],
        askFirst: false,
      },
      {
        provider: 'google-calendar',
        displayName: CALENDAR.displayName,
        status: 'not_connected',
        scopes: [],
        askFirst: true,
      },
    ])
  })

  test('has the account, the time and the descriptions of the scopes; a scope without one is shown as it is', async () => {
    const [github] = await listed({ account: 'octocat', scopes: `${base} zzz` }).list
    const words = GITHUB.baseScopes.map((scope) => GITHUB.scopeDescriptions[scope] ?? scope)
    expect(github).toEqual({
      provider: 'github',
      accountId: 'connection1',
      displayName: GITHUB.displayName,
      status: 'connected',
      scopes: [...words, 'zzz'],
      account: 'octocat',
      askFirst: false,
      connectedAt: new Date(NOW).toISOString(),
    })
  })

  test.each([
    ['connected', {}],
    ['needs_reauthorization', { status: 'needs_reauthorization' }],
    ['disconnected', { status: 'disconnected' }],
    ['missing_scopes', { scopes: 'zzz' }],
  ] as const)('is %s by its record', async (status, record) => {
    const [github] = await listed(record).list
    expect(github?.status).toBe(status)
  })

  test('has what it was used for, and which MCP client was the last', async () => {
    const client = { clientId: 'editor', clientName: 'Editor' }
    const uses = [
      { does: 'listed repositories', usedAt: NOW + 2 },
      { does: 'opened an issue', usedAt: NOW + 1, client },
    ]
    const [github, calendar] = await listed({}, [], uses).list
    expect(github).toMatchObject({
      uses: uses.map((use) => ({ ...use, usedAt: new Date(use.usedAt).toISOString() })),
      lastUsedBy: { ...client, usedAt: new Date(NOW + 1).toISOString() },
    })
    expect(calendar).not.toHaveProperty('uses')
  })

  test('names what was left out, and shows of what was granted only what we ask for', async () => {
    const [left, rest] = GITHUB.baseScopes
    const [github] = await listed({ granted: `openid ${rest}` }).list
    const words = (scope = '') => [GITHUB.scopeDescriptions[scope]]
    expect(github).toMatchObject({ status: 'missing_scopes', missing: words(left), scopes: words(rest) })
    const [ended] = await listed({ status: 'disconnected', scopes: '' }).list
    expect(ended?.missing).toBeUndefined()
  })

  test('waits for a consent while one is pending for this provider', async () => {
    const rows = await listed({}, ['google-calendar']).list
    expect(rows.map(({ status }) => status)).toEqual(['connected', 'consent_pending'])
    expect(rows[1]).toMatchObject({ pendingUntil: new Date(NOW).toISOString(), authorizationId: id })
  })

  test('has no time left once its user has consented, until the connection is written', async () => {
    const [, row] = await listed({}, ['google-calendar'], [], { status: 'bound' }).list
    expect(row?.status).toBe('consent_pending')
    expect(row).not.toHaveProperty('pendingUntil')
  })

  test.each(['connected', 'wrong_account', 'disconnected'] as const)(
    'is %s as soon as that is written, although the authorization is not settled yet',
    async (status) => {
      const [github] = await listed({ status, boundBy: id }, ['github'], [], { status: 'bound' }).list
      expect(github?.status).toBe(status)
    },
  )
})
