import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGzip, gzipSync } from 'node:zlib'
import { MOST_BYTES_OF_AN_ANSWER, type ProviderAtWork } from '@agent-identity/provider-kit'
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

  test.each([200, 403])(
    'with status %i, longer than the limit after decompression, ends as an error of the vendor',
    async (status) => {
      const text = gzipSync(' '.repeat(MOST_BYTES_OF_AN_ANSWER + 1))
      const asking = ask((response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(text)
      })
      await expect(asking).rejects.toMatchObject({ name: 'VendorError' })
    },
  )

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
