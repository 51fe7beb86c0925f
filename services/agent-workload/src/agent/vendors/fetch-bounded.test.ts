import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGzip, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { MOST_BYTES_OF_AN_ANSWER } from './fetch-bounded.ts'
import { createVendors } from './index.ts'

const signal = new AbortController().signal
const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function vendorsAnswering(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createVendors({
    VENDOR_TIMEOUT_MS: 60_000,
    GITHUB_API_URL: url,
    GOOGLE_CALENDAR_API_URL: url,
    PROFILE_API_URL: url,
  })
}

type Vendors = Awaited<ReturnType<typeof vendorsAnswering>>
const asked: [string, object, (vendors: Vendors) => Promise<unknown> | undefined, unknown][] = [
  [
    'GitHub',
    [{ full_name: 'alice/notes', private: true }],
    ({ github }) => github?.repositories('token', signal),
    [{ name: 'alice/notes', visibility: 'private' }],
  ],
  [
    'Google Calendar',
    { timeZone: 'UTC', items: [] },
    ({ googleCalendar }) => googleCalendar?.today('token', Date.UTC(2026, 10, 24), signal),
    { date: '2026-11-24', events: [] },
  ],
  ['a userinfo endpoint', { name: 'Alice' }, ({ profile }) => profile?.read('token', signal), { name: 'Alice' }],
]

/** The same answer, so many bytes long: JSON does not mind white space. */
const padded = (answer: object, bytes: number) => JSON.stringify(answer).padEnd(bytes)

describe.each(asked)('an answer of %s', (_vendor, answer, ask, understood) => {
  const answers = (text: string, status = 200) =>
    vendorsAnswering((response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(text))
    })

  test('is read up to the limit, counted after decompression', async () => {
    expect(await ask(await answers(padded(answer, MOST_BYTES_OF_AN_ANSWER)))).toEqual(understood)
  })

  test.each([200, 403])('with status %i counts as none when it is a byte longer', async (status) => {
    const tooLong = ask(await answers(padded(answer, MOST_BYTES_OF_AN_ANSWER + 1), status))
    await expect(tooLong).rejects.toMatchObject({ name: 'VendorError' })
  })

  test('that never ends is given up, and its connection closed', async () => {
    const closed = Promise.withResolvers<void>()
    const vendors = await vendorsAnswering((response) => {
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
    await expect(ask(vendors)).rejects.toMatchObject({ reason: 'unavailable' })
    await closed.promise
  })
})

describe('of a list that is longer than what was asked for', () => {
  test('GitHub’s repositories are cut', async () => {
    const many = Array.from({ length: 500 }, (_, n) => ({ full_name: `alice/${n}`, private: true }))
    const { github } = await vendorsAnswering((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(many))
    })
    expect(await github?.repositories('token', signal)).toHaveLength(50)
  })

  test('a calendar’s events are cut', async () => {
    const [start, end] = ['2026-11-24T08:00:00Z', '2026-11-24T09:00:00Z'].map((dateTime) => ({ dateTime }))
    const items = Array.from({ length: 500 }, (_, n) => ({ summary: String(n), start, end }))
    const { googleCalendar } = await vendorsAnswering((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ timeZone: 'UTC', items }))
    })
    const { events } = (await googleCalendar?.today('token', Date.UTC(2026, 10, 24), signal)) ?? {}
    expect(events).toHaveLength(250)
  })
})
