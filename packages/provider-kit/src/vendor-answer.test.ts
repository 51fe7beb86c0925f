import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { callForJson } from './call-json.ts'
import { fetchBounded } from './fetch-bounded.ts'
import { startVendorStub } from './test-support/vendor-stub.ts'
import { listOf, requireAnswer } from './vendor-answer.ts'
import { VendorError } from './vendor-error.ts'

describe('a list of a vendor', () => {
  function checking(fits: boolean) {
    let checked = 0
    const element = z.unknown().refine(() => ++checked > 0 && fits)
    const read = (data: unknown) => requireAnswer(z.object({ list: listOf(element, 50) }), async () => ({ data }))
    return { read, checked: () => checked }
  }
  const list = Array.from({ length: 80_000 }, () => ({}))

  test('is cut before its elements are checked', async () => {
    const { read, checked } = checking(true)
    expect((await read({ list })).list).toEqual({ items: list.slice(0, 50), more: true })
    expect(checked()).toBe(50)
    expect((await read({ list: list.slice(0, 50) })).list).toEqual({ items: list.slice(0, 50) })
  })

  test('is not checked on from the first element that does not fit', async () => {
    const { read, checked } = checking(false)
    await expect(read({ list })).rejects.toMatchObject({ reason: 'unavailable', errorName: 'UnreadableAnswer' })
    expect(checked()).toBe(1)
  })

  test('is a list', async () => {
    const { read, checked } = checking(true)
    for (const other of [{ length: 1, 0: {} }, 'list', null, undefined])
      await expect(read({ list: other })).rejects.toMatchObject({ errorName: 'UnreadableAnswer' })
    expect(checked()).toBe(0)
  })
})

test('what the process is reading is bounded in sum, over all calls, and counts until the answer was read', async () => {
  const open: ServerResponse[] = []
  const server = createServer((_request, response) => {
    open.push(response)
    response.write(Buffer.alloc(1024 * 1024))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const read = () => fetchBounded(url, {}, 1024 * 1024)
  const refused: unknown[] = []
  const fourAreRefused = Promise.withResolvers<void>()
  const reading = Array.from({ length: 20 }, () =>
    read().catch((error: unknown) => {
      if (refused.push(error) === 4) fourAreRefused.resolve()
    }),
  )
  await fourAreRefused.promise
  for (const response of open) response.end()
  const answers = (await Promise.all(reading)).filter((answer) => answer !== undefined)
  expect([answers.length, refused.length]).toEqual([16, 4])
  expect(refused[0]).toMatchObject({ message: expect.stringContaining('Too much') })

  const again = Promise.all(Array.from({ length: 16 }, read))
  while (open.length < 36) await once(server, 'request')
  for (const response of open.slice(20)) response.end()
  expect(await again).toHaveLength(16)
  server.close()
})

describe('what a vendor says in the body of its refusal', () => {
  let stub: Awaited<ReturnType<typeof startVendorStub>>
  beforeAll(async () => {
    stub = await startVendorStub()
  })
  afterAll(() => stub.stop())

  /** GraphQL over HTTP: errors, with 200 or 400. */
  const Errors = z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).min(1) })
  const call = {
    accessToken: 'token',
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    json: { query: '{ me }' },
    refusalIn(body: unknown, status: number) {
      const code = Errors.safeParse(body).data?.errors[0]?.extensions.code
      return code === 'RATELIMITED' ? new VendorError('rate-limited', status, code) : undefined
    },
  }
  const asked = () => callForJson(z.object({ data: z.object({ me: z.string() }) }), `${stub.url}/graphql`, call)
  const saying = (code: string) => ({ errors: [{ message: 'ignored', extensions: { code } }] })

  test.each([200, 400])('decides, with status %i', async (status) => {
    stub.answer({ 'POST /graphql': { status, json: saying('RATELIMITED') } })
    await expect(asked()).rejects.toMatchObject({ reason: 'rate-limited', status, errorName: 'RATELIMITED' })
  })

  test.each([
    [400, 'invalid', { json: saying('UNKNOWN') }],
    [403, 'forbidden', { json: saying('UNKNOWN') }],
    [200, 'unavailable', { json: saying('UNKNOWN') }],
  ] as const)('leaves it to the status where the folder does not know it (%i)', async (status, reason, reply) => {
    stub.answer({ 'POST /graphql': { status, ...reply } })
    await expect(asked()).rejects.toMatchObject({ reason })
  })

  test('need not be JSON', async () => {
    stub.answer({ 'POST /graphql': { html: '<p>Maintenance</p>' } })
    await expect(asked()).rejects.toMatchObject({ reason: 'unavailable' })
  })

  test('is nothing where the vendor refuses nothing', async () => {
    stub.answer({ 'POST /graphql': { json: { data: { me: 'alice' } } } })
    expect((await asked()).data).toEqual({ data: { me: 'alice' } })
  })
})
