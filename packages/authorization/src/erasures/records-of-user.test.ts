import {
  askFirstKey,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  ConsentRequestId,
  consentRequestIndexKey,
  consentRequestKey,
  type UserRef,
} from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { OFFERED } from '../test-support/offered.ts'
import { createRecordsOfUser } from './records-of-user.ts'

const [alice, bob] = ['a'.repeat(22), 'b'.repeat(22)] as [UserRef, UserRef]
const request = ConsentRequestId.parse('r'.repeat(22))

let server: TestRedis
let redis: Redis
beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
})
afterAll(() => server.stop())
beforeEach(async () => {
  await redis.flushall()
  for (const user of [alice, bob]) {
    await redis.set(askFirstKey(user, 'github'), 'sealed')
    await redis.hset(consentRequestIndexKey(user), { need: `${request} 1`, 'another need': 'nonsense 1' })
    await redis.hset(consentRequestKey(user, request), { facts: 'sealed' })
  }
})

const records = (hasMcpServer: boolean) => createRecordsOfUser({ redis, known: OFFERED, hasMcpServer })
const keysOf = async (user: UserRef) => (await redis.keys(`*{${user}}*`)).sort()

test('a user’s choices and consent requests are erased, and no other user’s; a call that waits for one is told', async () => {
  const subscriber = server.connect()
  await new Promise((resolve) => subscriber.once('ready', resolve))
  const heard: string[] = []
  subscriber.on('message', (_channel, message) => heard.push(message))
  await subscriber.subscribe(CONSENT_REQUEST_SETTLED_CHANNEL)
  const before = await keysOf(bob)

  expect(await records(true).consentRequests(alice)).toEqual([request])
  await records(true).erase(alice)
  expect([await keysOf(alice), await keysOf(bob)]).toEqual([[], before])
  await subscriber.ping()
  expect(heard).toEqual([request])
})

test('without an MCP server no consent request is looked for', async () => {
  expect(await records(false).consentRequests(alice)).toEqual([])
  await records(false).erase(alice)
  expect(await keysOf(alice)).toEqual([consentRequestIndexKey(alice), consentRequestKey(alice, request)].sort())
})

test('where no provider is known, and without an MCP server, nothing is erased', async () => {
  await createRecordsOfUser({ redis, known: new Map(), hasMcpServer: false }).erase(alice)
  expect(await keysOf(alice)).toHaveLength(3)
})
