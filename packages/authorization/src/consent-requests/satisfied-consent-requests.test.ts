import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { consentRequestsOfTest, laptop, required } from '../test-support/consent-requests.ts'

const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
const world = await consentRequestsOfTest()
afterAll(world.stop)
beforeEach(world.anotherUser)

test.each([
  ['with all that it needs, and more', { scopes: `${WRITE} ${READ}` }, 1, 'bound'],
  ['without what it needs', { scopes: WRITE }, 1, 'started'],
  ['with all that it needs, before it was asked: the token was not enough, or is gone', { scopes: READ }, 0, 'started'],
  ['with all that it needs, as another account', { scopes: READ, status: 'wrong_account' }, 1, 'started'],
] as const)('a request for an account that was connected %s', async (_how, changes, after, status) => {
  const { id, createdAt, owner } = await world.asked({ scopes: READ })
  const connection = connectionRecord({ status: 'connected', connectedAt: createdAt + after, ...changes })
  const start = world.start(required(laptop), {}, connection)
  expect(await start.run(id, laptop)).toMatchObject({ outcome: status === 'bound' ? 'connected' : 'authorization' })
  expect(start.requests).toHaveLength(status === 'bound' ? 0 : 1)
  expect((await world.ofWorkload.read(owner, id))?.status).toBe(status)
})
