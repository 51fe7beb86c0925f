import { type AuthorizationId, type ConnectionRecord, connectionOf } from '@agent-identity/contracts'
import { afterAll, expect, test } from '@jest/globals'
import { createAuthorization } from './authorization.ts'
import { connectionRecord } from './test-support/connection.ts'
import { OFFERED } from './test-support/offered.ts'
import { startPendingAuthorizations } from './test-support/pending-authorizations.ts'
import { NOW, record, settling } from './test-support/settling.ts'

const { authorizations, bindings, signedIn, created, recordOf, now, stop } = await startPendingAuthorizations()
afterAll(stop)

/** @returns `kept`: the entries of the vault that need another consent after the sign-out. `entry`: that of the test's consent. */
async function keptAt(
  to: 'pending' | 'binding' | 'bound' | 'unconfirmed' | 'failed',
  isSettled: boolean,
  connection?: (id: AuthorizationId) => Partial<ConnectionRecord>,
) {
  const ref = await signedIn()
  const id = await created(ref)
  if (to !== 'pending') await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
  if (to === 'unconfirmed') await authorizations.abandon(id)
  if (to === 'bound' || to === 'failed') await bindings.change(id, await recordOf(id), { status: to })
  const of = connectionOf(await recordOf(id))
  if (isSettled) await authorizations.release(id, await recordOf(id))
  const kept: unknown[] = []
  const { signOut } = createAuthorization({
    authorizations,
    offered: OFFERED,
    connections: {
      find: async () => connection && connectionRecord(connection(id)),
      keepForRevocation: async (...entry: unknown[]) => void kept.push(entry),
    },
    waiting: {},
  } as unknown as Parameters<typeof createAuthorization>[0])
  await signOut(ref)
  expect(await authorizations.read(id)).toBeUndefined()
  return { kept, entry: [of, { scopes: 'repo', parameters: {} }] }
}

test.each([
  ['binding', false],
  ['bound', false],
  ['unconfirmed', false],
  ['unconfirmed', true],
] as const)(
  'a sign-out beside a consent that is %s (settled: %s): what it put into the vault needs another consent',
  async (status, isSettled) => {
    const { kept, entry } = await keptAt(status, isSettled)
    expect(kept).toEqual([entry])
  },
)

test.each([
  ['pending', false],
  ['failed', false],
  ['bound', true],
] as const)('a sign-out beside a consent that is %s (settled: %s) changes no connection', async (status, isSettled) => {
  expect((await keptAt(status, isSettled)).kept).toEqual([])
})

test.each<[string, (id: AuthorizationId) => Partial<ConnectionRecord>]>([
  ['was compared, and waits for its user', (id) => ({ status: 'wrong_account', boundBy: id })],
  [
    'was replaced by that of a later consent',
    () => ({ scopes: 'repo', parameters: {}, generation: 1, connectedAt: now() + 2 }),
  ],
])('a sign-out beside a bound consent whose account %s changes no connection', async (_what, connection) => {
  expect((await keptAt('bound', false, connection)).kept).toEqual([])
})

test.each([
  ['bound', 'unavailable'],
  ['unconfirmed', 'unavailable'],
  ['bound', 'none'],
  ['unconfirmed', 'none'],
] as const)(
  'a consent that is %s, where AgentCore answers “%s” until the last query: what it put into the vault needs another consent',
  async (status, outcome) => {
    const { settle, kept, told } = settling({ status, bindingEndsAt: 0 }, { outcome })
    await settle()
    expect(kept).toEqual([{ scopes: record.scopes, parameters: {} }])
    expect(told[0]).toMatchObject({ event: 'authorization_failed' })
  },
)

test('an unconfirmed consent changes no connection before the last query', async () => {
  const { settle, kept } = settling({ status: 'unconfirmed', bindingEndsAt: NOW }, { outcome: 'none' })
  await settle()
  expect(kept).toEqual([])
})
