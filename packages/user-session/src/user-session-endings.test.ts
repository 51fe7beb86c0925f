import { USER_SESSION_ENDED_CHANNEL, type UserSessionRef } from '@agent-identity/contracts'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createUserSessionEndings, type UserSessionEndings } from './index.ts'
import { refOf, startWorld, type World } from './test-support/world.ts'

let world: World
let endings: UserSessionEndings
let subscriber: Awaited<ReturnType<World['redisServer']['connect']>>
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  await world.reset()
  subscriber = await world.redisServer.connect()
  endings = createUserSessionEndings({ subscriberRedis: subscriber, log: world.log })
  await endings.start()
})
afterEach(() => endings.stop())
afterAll(() => world.stop())

/** `next` resolves with the next ref. */
function listen() {
  const heard: UserSessionRef[] = []
  let next = Promise.withResolvers<UserSessionRef>()
  const stop = endings.onEnded((ref) => {
    heard.push(ref)
    next.resolve(ref)
    next = Promise.withResolvers()
  })
  return { heard, next: () => next.promise, stop }
}

test('receives a sign-out on another replica', async () => {
  const alice = await world.signedIn()
  const ref = await refOf(alice)
  const listener = listen()
  const heard = listener.next()
  await alice.post('/auth/sign-out', { replica: 1 })
  expect(await heard).toBe(ref)
  expect(listener.heard).toEqual([ref])
})

test('does not pass on invalid refs, and one listener’s failure does not affect the next', async () => {
  endings.onEnded(() => {
    throw new Error('cannot forget')
  })
  endings.onEnded(async () => {
    throw new Error('cannot forget, later')
  })
  const listener = listen()
  const heard = listener.next()
  for (const message of ['', 'nonsense', `${'A'.repeat(22)}\n`, 'A'.repeat(22)])
    await world.redis.publish(USER_SESSION_ENDED_CHANNEL, message)
  expect(await heard).toBe('A'.repeat(22))
  expect(listener.heard).toHaveLength(1)
  expect(world.matching('cannot forget')).toHaveLength(2)
})

test('does not take a message of another channel of the connection for an ending', async () => {
  await subscriber.subscribe('another-channel')
  const listener = listen()
  const heard = listener.next()
  await world.redis.publish('another-channel', 'A'.repeat(22))
  await world.redis.publish(USER_SESSION_ENDED_CHANNEL, 'B'.repeat(22))
  expect(await heard).toBe('B'.repeat(22))
  expect(listener.heard).toHaveLength(1)
})

test('receives a message once although it was started again, as after a new connection', async () => {
  await endings.start()
  const listener = listen()
  for (const last of ['A'.repeat(22), 'B'.repeat(22)]) {
    const heard = listener.next()
    await world.redis.publish(USER_SESSION_ENDED_CHANNEL, last)
    await heard
  }
  expect(listener.heard).toEqual(['A'.repeat(22), 'B'.repeat(22)])
})

test('does not listen after it was stopped, and its connection is free', async () => {
  await endings.stop()
  expect((await world.redis.pubsub('NUMSUB', USER_SESSION_ENDED_CHANNEL))[1]).toBe(0)
  expect(subscriber.listenerCount('message')).toBe(0)
})

test('receives messages again after Redis was away, and none after it has stopped listening', async () => {
  await world.redisServer.kill()
  await world.redisServer.start()
  while ((await world.redis.pubsub('NUMSUB', USER_SESSION_ENDED_CHANNEL))[1] === 0) await new Promise(setImmediate)
  const [staying, leaving] = [listen(), listen()]
  leaving.stop()
  const heard = staying.next()
  await world.redis.publish(USER_SESSION_ENDED_CHANNEL, 'B'.repeat(22))
  expect(await heard).toBe('B'.repeat(22))
  expect(leaving.heard).toEqual([])
})
