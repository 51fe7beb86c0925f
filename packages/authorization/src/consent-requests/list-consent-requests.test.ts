import {
  ListedConsentRequest,
  type PendingAuthorization,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createRecordsOfUser } from '../erasures/records-of-user.ts'
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

function list(
  ref = laptop,
  authorization?: Partial<PendingAuthorization>,
  userRef: UserRef = world.alice.ref,
  offered = OFFERED,
) {
  const { redis, ofWorkload: consentRequests, clock } = world
  const recordsOfUser = createRecordsOfUser({ redis, known: OFFERED, hasMcpServer: true })
  const authorizations = { read: async () => authorization as PendingAuthorization | undefined }
  const ports = { offered, recordsOfUser, consentRequests, authorizations, clock: () => clock.now }
  return listConsentRequests({ userRef, ref: ref as UserSessionRef }, ports)
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
  expect(await list(laptop, undefined, 'b'.repeat(22) as UserRef)).toEqual([])
})

test('a request that is over, has expired, or is for a provider that is not offered is not listed', async () => {
  const cancelled = await world.asked({ scopes: READ })
  await world.ofServer.cancel(cancelled)
  expect(await list()).toEqual([])
  await world.asked({ scopes: WRITE })
  expect(await list(laptop, undefined, world.alice.ref, new Map())).toEqual([])
  expect(await list()).toHaveLength(1)
  world.clock.now += 600_000
  expect(await list()).toEqual([])
})

test.each([
  ['pending here: its row is in the list of connections', laptop, { status: 'pending' }, 0],
  ['pending in another user session: it can be started here, too', phone, { status: 'pending' }, 1],
  ['being bound', phone, { status: 'binding' }, 0],
  ['out of time', laptop, { status: 'pending', expiresAt: 0 }, 1],
  ['lost', laptop, undefined, 1],
] as const)('a started request whose authorization is %s', async (_what, ref, authorization, expected) => {
  const { id } = await world.asked()
  await world.start(required(ref), { [at(ref)]: {} }).run(id, ref)
  const { expiresAt = Infinity } = { ...authorization } as { expiresAt?: number }
  expect(await list(laptop, authorization && { ...authorization, expiresAt })).toHaveLength(expected)
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
