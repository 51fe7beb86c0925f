import { describe, expect, test } from '@jest/globals'
import { RedisStore } from 'connect-redis'

/** What `user-session-store.ts` depends on, tested at the library itself. */

const ID = 'an-id'
describe('connect-redis', () => {
  function storeOver(stored: unknown, ttl = 60) {
    const asked: unknown[][] = []
    const command =
      (name: string, answer?: unknown) =>
      (...parameters: unknown[]) => {
        asked.push([name, ...parameters])
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      }
    const store = new RedisStore({
      client: { get: command('get', stored), set: command('set'), del: command('del') },
      prefix: '',
      serializer: { parse: (text: string) => ({ parsed: text }) as never, stringify: () => 'text' },
      ttl: () => ttl,
    })
    return { asked, store }
  }

  test('reads by the session id alone, and returns the parsed value', async () => {
    const { asked, store } = storeOver('stored')
    expect(await store.get(ID)).toEqual({ parsed: 'stored' })
    expect(asked).toEqual([['get', ID]])
  })

  test('has no session where the client has none', async () => {
    expect(await storeOver(null).store.get(ID)).toBeNull()
  })

  test('passes on a failure of the client', async () => {
    const failure = new Error('Redis is away')
    const handedOn = await new Promise((resolve) => void storeOver(failure).store.get(ID, resolve))
    expect(handedOn).toBe(failure)
  })

  test('sets text with its time to live, in ioredis’ argument order', async () => {
    const { asked, store } = storeOver(undefined)
    await store.set(ID, {} as never)
    expect(asked).toEqual([['set', ID, 'text', 'EX', 60]])
  })

  test.each([0, -1])('removes where the time to live is %i', async (ttl) => {
    const { asked, store } = storeOver(undefined, ttl)
    await store.set(ID, {} as never)
    expect(asked).toEqual([['del', [ID]]])
  })

  test('destroys with one key in a list', async () => {
    const { asked, store } = storeOver(undefined)
    await store.destroy(ID)
    expect(asked).toEqual([['del', [ID]]])
  })
})
