import {
  type AuthorizationId,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type PendingAuthorization,
  type UserRef,
} from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createAuthorizationsOfUser } from './authorizations-of-user.ts'

let server: TestRedis
beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

test('an authorization that was bound at the last moment is found until its record is deleted', async () => {
  const redis = await server.ready()
  const [owner, provider] = ['a'.repeat(22) as UserRef, 'github'] as const
  const id = `${'s'.repeat(22)}.${'i'.repeat(22)}` as AuthorizationId
  const record = { owner, provider, status: 'bound' } as PendingAuthorization
  const start = Date.now()
  let now = start
  const ofUser = createAuthorizationsOfUser({ redis, read: async () => record, clock: () => now })
  const expiresAt = start + 600_000
  await ofUser.add(owner, id, expiresAt)
  const deletedAt = expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
  for (const [at, found] of [
    [expiresAt, [{ id, record }]],
    [deletedAt, [{ id, record }]],
    [deletedAt + 1, []],
  ] as const) {
    now = at
    expect(await ofUser.list(owner, { user: owner, provider, named: undefined })).toEqual(found)
  }
})

test('the index is only a hint: what it names is listed when it is there, and is this user’s', async () => {
  const redis = await server.ready()
  const [owner, other] = ['b', 'c'].map((letter) => letter.repeat(22) as UserRef) as [UserRef, UserRef]
  const [own, theirs, gone] = ['o', 't', 'g'].map(
    (letter) => `${'s'.repeat(22)}.${letter.repeat(22)}` as AuthorizationId,
  ) as [AuthorizationId, AuthorizationId, AuthorizationId]
  const records = new Map([
    [own, { owner, provider: 'github' } as PendingAuthorization],
    [theirs, { owner: other, provider: 'github' } as PendingAuthorization],
  ])
  const read = async (id: AuthorizationId) => records.get(id)
  const ofUser = createAuthorizationsOfUser({ redis, read, clock: () => 0 })
  for (const id of [own, theirs, gone, 'nonsense' as AuthorizationId]) await ofUser.add(owner, id, Date.now() + 600_000)
  const found = [{ id: own, record: records.get(own) }]
  expect(await ofUser.list(owner)).toEqual(found)
  expect(await ofUser.list(owner, { user: owner, provider: 'github', named: undefined })).toEqual(found)
})
