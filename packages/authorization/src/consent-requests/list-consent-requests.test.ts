import {
  type ConnectionId,
  type ConnectionRecord,
  ListedConsentRequest,
  type OfferedProviders,
  type PendingAuthorization,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createRecordsOfUser } from '../erasures/records-of-user.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { at, consentRequestsOfTest, laptop, phone, required } from '../test-support/consent-requests.ts'
import { OFFERED } from '../test-support/offered.ts'
import { listConsentRequests } from './list-consent-requests.ts'

const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
let world: Awaited<ReturnType<typeof consentRequestsOfTest>>

beforeAll(async () => {
  world = await consentRequestsOfTest()
})
afterAll(() => world.stop())
beforeEach(() => world.anotherUser())

interface Given {
  ref?: string
  authorization?: Partial<PendingAuthorization> | undefined
  userRef?: UserRef
  offered?: OfferedProviders
  connection?: ConnectionRecord
}

function list({ ref = laptop, authorization, userRef = world.alice.ref, offered = OFFERED, connection }: Given = {}) {
  const { redis, ofWorkload: consentRequests, clock } = world
  return listConsentRequests(
    { userRef, ref: ref as UserSessionRef },
    {
      ...{ offered, consentRequests, clock: () => clock.now },
      recordsOfUser: createRecordsOfUser({ redis, known: OFFERED, hasMcpServer: true }),
      authorizations: { read: async () => authorization as PendingAuthorization | undefined },
      accounts: {
        choose: async (user, provider) => ({ ref: { user, provider, named: undefined }, record: connection }),
      },
      connections: { find: async () => connection },
    },
  )
}

test('what MCP clients ask for is listed for their user, the newest first, with its start and in words', async () => {
  await world.asked({ scopes: READ })
  world.clock.now += 1
  const { id, expiresAt } = await world.asked({ scopes: WRITE, clientId: 'editor', clientName: 'Editor' })
  const listed = await list()
  expect(listed.map((one) => ListedConsentRequest.parse(one))).toEqual(listed)
  expect(listed).toMatchObject([
    {
      ...{ provider: 'google-calendar', displayName: 'Google Calendar', clientId: 'editor', clientName: 'Editor' },
      ...{ startUrl: `/authorizations/${id}/start`, expiresAt: new Date(expiresAt).toISOString() },
    },
    { clientId: 'https://client.example/metadata.json' },
  ])
  expect(listed.map(({ scopes }) => scopes)).toEqual([['Change'], ['See']])
  expect(await list({ userRef: 'b'.repeat(22) as UserRef })).toEqual([])
})

test('a request that is over, has expired, or is for a provider that is not offered is not listed', async () => {
  const cancelled = await world.asked({ scopes: READ })
  await world.ofServer.cancel(cancelled)
  expect(await list()).toEqual([])
  await world.asked({ scopes: WRITE })
  expect(await list({ offered: new Map() })).toEqual([])
  expect(await list()).toHaveLength(1)
  world.clock.now += 600_000
  expect(await list()).toEqual([])
})

test.each([
  ['pending here: its row is in the list of connections', laptop, { status: 'pending' }, 0],
  ['pending in another user session: it can be started here, too', phone, { status: 'pending' }, 1],
  ['being bound', phone, { status: 'binding' }, 0],
  ['cancelled: the request is about to end', laptop, { status: 'cancelled' }, 0],
  ['out of time', laptop, { status: 'pending', expiresAt: 0 }, 1],
  ['lost', laptop, undefined, 1],
] as const)('a started request whose authorization is %s', async (_what, ref, authorization, expected) => {
  const { id } = await world.asked()
  await world.start(required(ref), { [at(ref)]: {} }).run(id, ref)
  const { expiresAt = Infinity } = { ...authorization } as { expiresAt?: number }
  expect(await list({ authorization: authorization && { ...authorization, expiresAt } })).toHaveLength(expected)
})

test.each<[string, Partial<ConnectionRecord>, number]>([
  ['connected since with all that it needs, and more', { scopes: `${WRITE} ${READ}` }, 0],
  ['connected since with less', { scopes: READ, granted: '' }, 1],
  ['connected before: the token was not enough, or is gone', { connectedAt: -1 }, 1],
  ['not to be used', { status: 'wrong_account' }, 1],
])('a request for an account that was %s', async (_what, { connectedAt = 1, ...changes }, expected) => {
  await world.asked({ scopes: READ })
  const at = { connectedAt: world.clock.now + connectedAt }
  const connection = connectionRecord({ status: 'connected', scopes: READ, ...at, ...changes })
  expect(await list({ connection })).toHaveLength(expected)
})

test('a request for an account by its name, which has no record any more, is not listed', async () => {
  const named = 'idOfHome_02' as ConnectionId
  await world.asked({ scopes: READ, account: { named } })
  expect(await list({ connection: connectionRecord({ id: named }) })).toHaveLength(1)
  expect(await list()).toEqual([])
})

test('an index that a writer of Redis has filled is read up to the limit of requests, and each of them once', async () => {
  const { id, expiresAt } = await world.asked()
  const index = `consent-request-index:{${world.alice.ref}}`
  for (let n = 0; n < 50; n++) await world.redis.hset(index, `again ${n}`, `${id} ${expiresAt}`)
  expect(await list()).toHaveLength(1)
  const read: string[] = []
  const consentRequests = { read: async (_: UserRef, one: string) => void read.push(one) }
  const recordsOfUser = { consentRequests: async () => Array.from({ length: 99 }, (_, n) => `${n}` as typeof id) }
  await listConsentRequests({ userRef: world.alice.ref, ref: laptop as UserSessionRef }, {
    ...{ consentRequests, recordsOfUser, offered: OFFERED, clock: () => 0 },
  } as unknown as Parameters<typeof listConsentRequests>[1])
  expect(read).toHaveLength(20)
})

test('a record that a writer of Redis has moved here from another user is not listed', async () => {
  const mallory = world.alice.ref
  const { id } = await world.asked()
  world.anotherUser()
  const { redis, alice } = world
  await redis.hset(`consent-request:{${alice.ref}}:${id}`, await redis.hgetall(`consent-request:{${mallory}}:${id}`))
  await redis.hset(`consent-request-index:{${alice.ref}}`, await redis.hgetall(`consent-request-index:{${mallory}}`))
  expect(await list()).toEqual([])
})
