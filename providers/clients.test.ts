import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGzip, gzipSync } from 'node:zlib'
import type { ProviderAtWork } from '@agent-identity/provider-kit'
import { afterEach, describe, expect, test } from '@jest/globals'
import { PROVIDERS } from './registry.ts'

const signal = new AbortController().signal
const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** `[{},{},…]`: each object would take ten times its bytes, and each check of one more. */
const OBJECTS = gzipSync(`[${'{},'.repeat(1_300_000)}{}]`)

/** Of the longest list that a tool shows, what is right and what comes after it, in the vendor's form. A fork may have other providers. */
const LISTS: Readonly<Record<string, { list: (elements: string) => string; element: string; most: number }>> = {
  list_repositories: { list: (all) => all, element: '{"full_name":"alice/notes","private":false}', most: 50 },
  list_private_repositories: { list: (all) => all, element: '{"full_name":"alice/notes","private":false}', most: 50 },
  list_slack_channels: {
    list: (all) => `{"ok":true,"channels":${all}}`,
    element: '{"id":"C1","name":"general"}',
    most: 1_000,
  },
  list_outlook_events: {
    list: (all) => `{"value":${all}}`,
    element: '{"start":{"dateTime":"2026-12-03T09:00:00"},"end":{"dateTime":"2026-12-03T10:00:00"}}',
    most: 50,
  },
  list_calendar_events: {
    list: (all) => `{"timeZone":"UTC","items":${all}}`,
    element: '{"start":{"date":"1970-01-01"},"end":{"date":"1970-01-02"}}',
    most: 250,
  },
  list_service_status: { list: (all) => `{"services":${all}}`, element: '{"name":"Mail","state":"up"}', most: 100 },
  list_stock: { list: (all) => `{"items":${all}}`, element: '{"name":"Chairs","inStock":1}', most: 100 },
}

/** For each provider: reading the account, where there is one, and each tool that reads and needs no input. */
const questions = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, atWork }) => {
    const work = await atWork({ url: 'http://127.0.0.1', timeoutMs: 1 })
    const reads = work.tools.filter(({ inputSchema, does }) => does === 'read' && inputSchema.safeParse({}).success)
    return [...('account' in work ? [`${id} account`] : []), ...reads.map(({ name }) => `${id} ${name}`)]
  }),
)

describe.each(questions.flat())('an answer to %s', (question) => {
  const [id = '', asked] = question.split(' ')

  async function ask(answer: (response: ServerResponse) => void): Promise<unknown> {
    const work = await PROVIDERS.get(id)?.atWork({
      url: await listening(answer),
      timeoutMs: 60_000,
    })
    if (asked === 'account') return (work as ProviderAtWork).account('token', signal)
    const tool = work?.tools.find(({ name }) => name === asked)
    return tool?.act(tool.inputSchema.parse({}), { accessToken: 'token', effectId: 'e', now: 0, signal })
  }

  test.each([200, 403])('with status %i, of 3.9 MB in 3.8 kB, is not read to its end', async (status) => {
    const asking = ask((response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(OBJECTS)
    })
    const failure: unknown = await asking.catch((error: unknown) => error)
    // 403 would be `forbidden`, and an answer that was read `UnreadableAnswer`.
    expect(failure).toMatchObject({ name: 'VendorError', reason: 'unavailable' })
    expect(failure).not.toMatchObject({ errorName: 'UnreadableAnswer' })
  })

  const known = LISTS[asked ?? '']
  if (known)
    test('with 60,000 elements that do not fit behind those that are shown is cut before it is checked', async () => {
      const { list, element, most } = known
      const text = list(`[${`${element},`.repeat(most)}${'{},'.repeat(60_000)}{}]`)
      const result = await ask((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(text))
      expect(result).toMatchObject({ more: true })
      expect(Object.values(result as object).find(Array.isArray)).toHaveLength(most)
    })

  test('that does not end is aborted, and its connection closed', async () => {
    const closed = Promise.withResolvers<void>()
    const asking = ask((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.once('close', closed.resolve)
      const gzip = createGzip()
      gzip.pipe(response)
      const chunk = Buffer.alloc(256 * 1024, ' ')
      const more = () => {
        while (!response.destroyed && gzip.write(chunk));
        if (!response.destroyed) gzip.once('drain', more)
      }
      more()
    })
    await expect(asking).rejects.toMatchObject({ reason: 'unavailable' })
    await closed.promise
  })

  test('with a redirect elsewhere is not followed: it could be an address inside our network', async () => {
    let called = 0
    const elsewhere = await listening((response) => {
      called++
      response.end('{}')
    })
    const asking = ask((response) => response.writeHead(307, { location: `${elsewhere}/v2/credentials` }).end())
    await expect(asking).rejects.toMatchObject({ name: 'VendorError' })
    expect(called).toBe(0)
  })
})
