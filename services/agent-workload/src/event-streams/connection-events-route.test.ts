import { CONNECTION_CHANGED_CHANNEL, EVENT_STREAM_KEEP_ALIVE_MS } from '@agent-identity/contracts'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PER_USER_SESSION, type Streams, startStreams, user } from './test-support/streams.ts'

let world: Streams
beforeEach(async () => {
  world = await startStreams()
})
afterEach(() => world.stop())

describe('a stream of changes to connections', () => {
  const EVENT = 'event: connections_changed\ndata: {}\n\n'
  const change = (of: string) => world.redis.publish(CONNECTION_CHANGED_CHANNEL, `${of} github`)

  async function opened(which = 0) {
    const response = await fetch(`${world.replicas[which]?.server.url}/connections`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    return {
      async events(count: number): Promise<number> {
        while (seen.split(EVENT).length - 1 < count) {
          const { value, done } = (await reader?.read()) ?? { done: true }
          if (done) break
          seen += value
        }
        return seen.split(EVENT).length - 1
      },
    }
  }

  test('sends an event at its start, and one for each change of its user on any replica, and none for another user', async () => {
    await Promise.all(world.replicas.map(({ subscribed }) => subscribed))
    const streams = await Promise.all([opened(0), opened(1)])
    for (const { events } of streams) expect(await events(1)).toBe(1)
    await change('b'.repeat(22))
    await world.redis.publish(CONNECTION_CHANGED_CHANNEL, 'nonsense')
    await change(user)
    for (const { events } of streams) expect(await events(2)).toBe(2)
    await change(user)
    for (const { events } of streams) expect(await events(3)).toBe(3)
  })

  test('sends an event when messages may have been missed', async () => {
    await world.replicas[0]?.subscribed
    const { events } = await opened()
    await events(1)
    await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    expect(await events(2)).toBe(2)
  })

  test('ends with its user session, sends nothing after that, and counts as one of the user session’s streams', async () => {
    await world.replicas[0]?.subscribed
    const streams = await Promise.all(Array.from({ length: PER_USER_SESSION }, () => opened()))
    for (const { events } of streams) await events(1)
    expect((await fetch(`${world.replicas[0]?.server.url}/${await world.asked()}`)).status).toBe(429)
    world.around.signedIn = false
    world.around.clockOffset = EVENT_STREAM_KEEP_ALIVE_MS
    await change(user)
    for (const { events } of streams) expect(await events(2)).toBe(1)
  })
})
