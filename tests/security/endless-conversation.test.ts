import { connect } from 'node:net'
import { MESSAGE_MAX_BYTES, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Person } from '../support/person.ts'
import { cookieOf, withLastingCount } from '../support/redis.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const TURNS = 24
const READS = 300
/** Characters of one byte that JSON writes with six. */
const SPELLED_LONG = '\u0001'.repeat(MESSAGE_MAX_BYTES - 4)

const stack = stackOfThisWorker()
const database = ownDatabase(stack)
const redis = new Redis(database)
let replica: ServiceProcess

beforeAll(async () => {
  replica = await startService(stack, 'agent-workload', {
    REDIS_URL: database,
    CONVERSATION_MAX_TURNS: String(TURNS),
    CONVERSATIONS_PER_USER: '3',
    CONVERSATION_BYTES_PER_USER: '400000',
    CONVERSATION_READS_PER_USER_PER_MINUTE: String(READS),
  })
})
afterAll(async () => {
  redis.disconnect()
  await replica.stop()
})

async function somebody(): Promise<Person> {
  const person = await somebodyNew(stack)
  person.browser.connect = (url) => (url.origin === stack.app ? replica.url : undefined)
  expect((await person.signIn()).status).toBe(200)
  return person
}

async function converse(who: Person, messages: readonly string[]): Promise<string> {
  let conversationId: string | undefined
  for (const message of messages) {
    const asked = await who.ask(message, conversationId)
    await asked.stream.answer()
    conversationId = asked.conversationId
  }
  return conversationId ?? ''
}

interface Page {
  turns: { message: string }[]
  earlierUrl?: string
}

/** @returns the pages, the latest first */
async function pagesOf(who: Person, conversationId: string): Promise<{ page: Page; bytes: number }[]> {
  const pages: { page: Page; bytes: number }[] = []
  for (
    let path: string | undefined = `/api/conversations/${conversationId}`;
    path;
    path = pages.at(-1)?.page.earlierUrl
  ) {
    const answer = await who.api(path)
    expect(answer.status).toBe(200)
    pages.push({ page: JSON.parse(answer.body) as Page, bytes: Buffer.byteLength(answer.body) })
  }
  return pages
}

describe('a conversation', () => {
  test('accepts no more than its turns, with an error code, and another one can begin', async () => {
    const who = await somebody()
    const messages = Array.from({ length: TURNS }, (_, n) => `What can you do? ${n}`)
    const conversationId = await converse(who, messages)
    const before = await redis.keys('turn*')
    const refused = await who.postTurn({ message: 'One more', conversationId })
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([409, 'conversation_full'])
    expect((await redis.keys('turn*')).sort()).toEqual(before.sort())

    const pages = await pagesOf(who, conversationId)
    expect(pages.map(({ page }) => page.turns.length)).toEqual([20, TURNS - 20])
    const shown = pages.toReversed().flatMap(({ page }) => page.turns.map(({ message }) => message))
    expect(shown).toEqual(messages)
    expect((await who.ask('What can you do?')).conversationId).not.toBe(conversationId)
  })

  test('has pages of a bounded size', async () => {
    const who = await somebody()
    const conversationId = await converse(who, [SPELLED_LONG, SPELLED_LONG, SPELLED_LONG])
    const pages = await pagesOf(who, conversationId)
    expect(pages).toHaveLength(3)
    for (const { bytes } of pages) expect(bytes).toBeLessThan(64 * 1024)
  })

  test('has no page for another user, nor one before a foreign turn', async () => {
    const [who, other] = [await somebody(), await somebody()]
    const [own, theirs] = [await who.ask('What can you do?'), await other.ask('What can you do?')]
    for (const before of [theirs.turnId, 'x', `${own.turnId}&before=${own.turnId}`])
      expect((await who.api(`/api/conversations/${own.conversationId}?before=${before}`)).status).toBe(404)
    expect((await other.api(`/api/conversations/${own.conversationId}?before=${own.turnId}`)).status).toBe(404)
    expect((await who.api(`/api/conversations/${own.conversationId}?before=${own.turnId}`)).status).toBe(200)
  })

  test('may be read a limited number of times a minute, over all user sessions, and others can read theirs', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const [own, theirs] = [await eager.ask('What can you do?'), await other.ask('What can you do?')]
    const path = `/api/conversations/${own.conversationId}`
    expect((await withLastingCount(redis, 'conversation', () => eager.api(path))).status).toBe(200)
    for (let n = 1; n < READS; n++) expect((await eager.api(path)).status).toBe(200)
    await eager.signOut()
    expect((await eager.signIn()).status).toBe(200)
    const refused = await eager.api(path)
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, 'too_many_requests'])
    expect((await other.api(`/api/conversations/${theirs.conversationId}`)).status).toBe(200)
  })
})

interface Listed {
  conversations: { conversationId: string; bytes: number; message: string }[]
}
const listOf = async (who: Person) => (JSON.parse((await who.api('/api/conversations')).body) as Listed).conversations
const codeOf = ({ status, body }: { status: number; body: string }) => [status, JSON.parse(body).code]
const erase = (who: Person, id: string, headers: Record<string, string> = {}) =>
  who.api(`/api/conversations/${id}`, { method: 'DELETE', headers })

describe('the conversations of a user', () => {
  test('take no more bytes than the limit, and erasing one of them makes room', async () => {
    const who = await somebody()
    const first = await converse(who, ['What can you do?'])
    const large = await converse(who, [SPELLED_LONG])
    let [taken, asked] = [1, await who.postTurn({ message: SPELLED_LONG, conversationId: large })]
    for (; asked.status === 202; asked = await who.postTurn({ message: SPELLED_LONG, conversationId: large })) {
      const { eventsUrl } = JSON.parse(asked.body) as { eventsUrl: string }
      await (await who.stream(eventsUrl)).answer()
      expect(++taken).toBeLessThan(20)
    }
    expect(codeOf(asked)).toEqual([409, 'storage_full'])
    const before = (await redis.keys('turn*')).toSorted()
    for (const conversationId of [first, undefined])
      expect(codeOf(await who.postTurn({ message: 'One more', ...(conversationId && { conversationId }) }))).toEqual([
        ...[409, 'storage_full'],
      ])
    expect((await redis.keys('turn*')).toSorted()).toEqual(before)
    expect((await pagesOf(who, first))[0]?.page.turns).toHaveLength(1)

    const listed = await listOf(who)
    expect(listed.map(({ conversationId }) => conversationId)).toEqual([large, first])
    expect(listed[1]?.message).toBe('What can you do?')
    expect(listed[0]?.bytes).toBeGreaterThan(300_000)
    expect((await erase(who, large)).status).toBe(204)
    expect(await redis.keys(`*{${large}}*`)).toEqual([])
    expect((await who.ask('One more', first)).conversationId).toBe(first)
  })

  test('are not more than the limit', async () => {
    const who = await somebody()
    const begun = []
    for (let n = 0; n < 3; n++) begun.push(await converse(who, [`What can you do? ${n}`]))
    expect(codeOf(await who.postTurn({ message: 'Another one' }))).toEqual([409, 'storage_full'])
    expect((await who.ask('What can you do?', begun[0])).conversationId).toBe(begun[0])
    expect((await erase(who, begun[1] ?? '')).status).toBe(204)
    expect((await who.ask('Another one')).conversationId).not.toBe(begun[1])
  })

  test('are erased by their own user, from our page, in the browser that signed in, and in no other way', async () => {
    const [who, other] = [await somebody(), await somebody()]
    const id = await converse(who, ['What can you do?'])
    const kept = (await redis.keys(`*{${id}}*`)).toSorted()
    expect(kept.length).toBeGreaterThan(0)
    expect(codeOf(await erase(other, id))).toEqual([404, 'not_found'])
    expect(codeOf(await erase(other, 'x'))).toEqual([404, 'not_found'])
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ])
      expect(codeOf(await erase(who, id, headers))).toEqual([403, 'cross_site_request'])
    const cookie = await cookieOf(who, USER_SESSION_COOKIE)
    expect(codeOf(await erase(who, id, { cookie: `${USER_SESSION_COOKIE}=${cookie}` }))).toEqual([401, 'not_signed_in'])
    expect((await redis.keys(`*{${id}}*`)).toSorted()).toEqual(kept)
    expect(await listOf(other)).toEqual([])
    const audited = () =>
      replica
        .log()
        .split('\n')
        .filter((line) => line.includes('"conversation_erased"')).length
    const before = audited()
    expect((await erase(who, id)).status).toBe(204)
    await until(async () => audited() === before + 1)
    expect(await redis.keys(`*{${id}}*`)).toEqual([])
    expect(await listOf(who)).toEqual([])
  })
})

test('a client that does not read its answers loses its connection', async () => {
  const who = await somebody()
  const conversationId = await converse(who, [SPELLED_LONG])
  const path = `/api/conversations/${conversationId}`
  const cookies = await who.browser.jar.getCookies(new URL(stack.app).href)
  const cookie = cookies.find(({ key }) => key === USER_SESSION_COOKIE)?.cookieString()
  const socket = connect(Number(new URL(replica.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  // The answers are more than the socket buffers of both sides hold.
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(stack.app).host}\r\nCookie: ${cookie}\r\n\r\n`.repeat(READS))
  const aborted = () =>
    replica
      .log()
      .split('\n')
      .filter((line) => line.includes(path) && line.includes('request aborted'))
  await until(async () => aborted().length > 0)
  socket.destroy()
})
