import type { AuthorizationId, ConnectionId, ConnectionRecord, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { OFFERED } from './test-support/offered.ts'
import { id, NOW, record, settling, waiters } from './test-support/settling.ts'

const userSession = 's'.repeat(22) as UserSessionRef
const named = 'idOfWork_01' as ConnectionId
const other = `${userSession}.${'o'.repeat(22)}` as AuthorizationId

describe('what was bound', () => {
  const ofRecord = { user: record.owner, provider: 'github', userSession, requestId: 'the-turn' }

  test('is read from the vault and connected exactly as it was asked for', async () => {
    const asked = { named, parameters: { login: 'alice' }, generation: 0 }
    const { requests, consents, settle } = settling({ ...asked, hint: 'alice' })
    await settle()
    const after = { authorizationId: id, correlationId: 'the-turn' }
    expect(requests).toEqual([{ ...ofRecord, ...asked, scopes: ['read:user', 'repo'], after }])
    const of = { authorizationId: id, expiresAt: record.expiresAt }
    const consented = { ...ofRecord, ...asked, scopes: 'read:user repo', hint: 'alice', ...of }
    expect(consents).toEqual([[consented, 'granted']])
  })

  test('by an earlier version is read with the parameters of its provider', async () => {
    const { requests, consents, ports, settle } = settling({})
    const github = OFFERED.get('github')
    if (!github) throw new Error('not offered')
    const customParameters = { audience: 'api' }
    ports.offered = new Map([['github', { ...github, customParameters }]])
    await settle()
    expect(requests).toMatchObject([{ parameters: customParameters, generation: 0 }])
    expect(consents).toMatchObject([[{ parameters: customParameters, generation: 0 }, 'granted']])
  })

  test('at a provider that is not offered any more is read without parameters', async () => {
    const { requests, ports, settle } = settling({})
    ports.offered = new Map()
    await settle()
    expect(requests).toMatchObject([{ parameters: {} }])
  })

  test('before its user has disconnected is told as cancelled', async () => {
    const { told, stored, settle } = settling({ status: 'unconfirmed', generation: 1 })
    expect(await settle()).toBe('settled')
    const cancelled = { event: 'authorization_failed', data: { authorizationId: id, code: 'cancelled' } }
    expect([told, stored()?.status]).toEqual([waiters.map(() => cancelled), 'bound'])
  })

  test.each([
    [{ status: 'disconnected', generation: 2 }, 'cancelled'],
    [{ status: 'disconnecting', generation: 2 }, 'cancelled'],
    [{ generation: 1 }, 'failed'],
  ] as const)(
    'and was forgotten by the vault, with the connection then %j, is told as %s',
    async (connection, code) => {
      for (const status of ['bound', 'unconfirmed'] as const) {
        const { told, settle } = settling({ status, generation: 1 }, { outcome: 'none' }, [], connection)
        await settle()
        const event = { event: 'authorization_failed', data: { authorizationId: id, code } }
        expect(told).toEqual(waiters.map(() => event))
      }
    },
  )

  describe('and replaced by a later consent for the same', () => {
    const parameters = { login: 'alice' }
    const earlier = { parameters, generation: 1, bindingEndsAt: NOW - 100 }
    const later = { scopes: record.scopes, parameters, generation: 2, connectedAt: NOW - 99, boundBy: other }

    test('is told as cancelled, and the token of the later one is neither read nor ended', async () => {
      const { told, done, requests, consents, settle } = settling(earlier, undefined, [], later)
      expect(await settle()).toBe('settled')
      const cancelled = { event: 'authorization_failed', data: { authorizationId: id, code: 'cancelled' } }
      expect(told).toEqual(waiters.map(() => cancelled))
      expect([requests, consents]).toEqual([[], []])
      expect(done).toContain('release')
    })

    test.each([
      ['its call was not over when the other account was compared', { connectedAt: NOW - 100 }],
      ['what is connected is another entry of the vault', { scopes: 'gist' }],
      ['what is connected has other parameters', { parameters: {} }],
      ['the connection is not in use', { status: 'needs_reauthorization' as const }],
      ['the connection is of the same generation', { generation: 1 }],
      ['it is not known since when it is connected', { connectedAt: undefined }],
    ])('is read and compared when %s', async (_why, connection) => {
      const { consents, settle } = settling(earlier, undefined, [], { ...later, ...connection })
      await settle()
      expect(consents).toMatchObject([[{ generation: 1 }, 'granted']])
    })

    test('is read and compared when it is unconfirmed: AgentCore may have put its token into the vault last', async () => {
      const { consents, settle } = settling({ ...earlier, status: 'unconfirmed' }, undefined, [], later)
      await settle()
      expect(consents).toHaveLength(1)
    })

    test('is read and compared when the end of its call is not known, and its time is not over', async () => {
      const { consents, settle } = settling({ ...earlier, bindingEndsAt: undefined }, undefined, [], later)
      await settle()
      expect(consents).toHaveLength(1)
    })
  })

  test('is told without an account when the vendor does not name it', async () => {
    const { told, settle } = settling({}, undefined, [], { account: undefined, boundBy: id })
    await settle()
    expect(told).toEqual(waiters.map(() => ({ event: 'authorization_completed', data: { authorizationId: id } })))
  })
})

describe('while its user is asked about another account, all that waits is told', () => {
  const held = { status: 'wrong_account', boundBy: id, heldUntil: NOW + 9_000, generation: 3 } as const
  const about = async (connection: Partial<ConnectionRecord>, hint?: string) => {
    const { told, settle } = settling({ ...(hint && { hint }) }, undefined, [], { ...held, ...connection })
    await settle()
    return told.map(({ data }) => data)
  }
  const data = {
    ...{ authorizationId: id, provider: 'github', displayName: 'GitHub' },
    ...{ accountId: 'connection1', generation: 3, expiresAt: new Date(NOW + 9_000).toISOString() },
  }

  test.each([
    ['the name that was asked for', { came: 'bob' }, 'alice@work', 'alice@work', { account: 'bob' }],
    ['the account that it was', { account: 'alice', came: 'bob' }, undefined, 'alice', { account: 'bob' }],
    [
      'the doubted one, which came again',
      { account: 'bob', came: 'bob', doubted: true as const },
      undefined,
      'bob',
      { account: 'bob' },
    ],
    ['nothing, when neither is known', {}, undefined, '', {}],
  ])('which account should have come: %s', async (_which, connection, hint, askedAccount, account) => {
    expect(await about(connection, hint)).toEqual(waiters.map(() => ({ ...data, askedAccount, ...account })))
  })
})

test('while AgentCore does not answer, it is asked until the time of the authorization is over when no other is known', async () => {
  const unavailable = { outcome: 'unavailable' } as const
  const { done, told, advance, settle } = settling({}, unavailable)
  expect(await settle()).toEqual({ later: NOW + 3_000 })
  advance(record.expiresAt - NOW + 29_999, unavailable)
  expect(await settle()).toEqual({ later: expect.any(Number) })
  advance(1, unavailable)
  expect(await settle()).toBe('settled')
  expect(done).toContain('release')
  expect(told.map(({ event }) => event)).toEqual(waiters.map(() => 'authorization_failed'))
})

test('what its user has called off is in the audit trail as cancelled; where waiters cannot be called off it stays pending', async () => {
  const { said, settle } = settling({ status: 'pending' }, undefined, waiters)
  await settle()
  expect(said).toEqual([
    {
      ...{ event: 'cancelled', requestId: 'the-turn', user: record.owner, userSession, authorizationId: id },
      ...{ correlationId: 'the-turn', provider: 'github', scopes: ['read:user', 'repo'] },
    },
  ])
  const { isCalledOff: _, ...waiting } = settling({}).ports.waiting
  const other = settling({ status: 'pending' }, undefined, waiters)
  other.ports.waiting = waiting
  expect(await other.settle()).toEqual({ later: record.expiresAt })
})
