import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditEvent, ConversationId } from '@agent-identity/contracts'
import { errorHandler, type Logger } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import express, { type Response as ExpressResponse, type RequestHandler } from 'express'
import { ownDataRoutes } from './own-data-routes.ts'
import { nothingKept } from './test-support/nothing-kept.ts'
import type { UserDataPorts } from './user-data.ts'

const audited: string[] = []
const faults: unknown[] = []
const data = { ...nothingKept }
let response: ExpressResponse
afterEach(() => {
  Object.assign(data, nothingKept)
  audited.length = 0
  faults.length = 0
})

const next: RequestHandler = (_request, _response, go) => go()
const app = express()
app.use((_request, current, go) => {
  response = current
  go()
})
app.use(
  ownDataRoutes({
    data,
    userSessionOf: () => ({ userRef: 'u', ref: 's', user: {} }) as CurrentUserSession,
    ...{ requireUser: next, requireSameOrigin: next, limit: next, limitErasing: next, sameBrowser: () => next },
    erasures: { end: async () => undefined },
    isErased: async () => false,
    audit: ({ event }: AuditEvent) => void audited.push(event),
    clock: Date.now,
  }),
)
app.use(errorHandler({ error: (line: unknown) => void faults.push(line) } as unknown as Logger))
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => void server.close())

const download = (changed: Partial<UserDataPorts>, signal: AbortSignal | null = null) => {
  Object.assign(data, changed)
  return fetch(`${origin}/api/me/data`, { signal })
}
const away = () => Promise.reject(Object.assign(new Error('away'), { name: 'MaxRetriesPerRequestError' }))
const withTurns = (turnsOf: UserDataPorts['conversations']['turnsOf']) => ({
  conversations: { ...nothingKept.conversations, list: async () => ['c' as ConversationId], turnsOf },
})

test('a download is a file, with an audit line', async () => {
  const answer = await download({})
  expect([answer.status, answer.headers.get('content-disposition')]).toEqual([
    200,
    expect.stringMatching(/^attachment/),
  ])
  expect(await answer.json()).toMatchObject({ connections: [], conversations: [] })
  expect([audited, faults]).toEqual([['user_data_downloaded'], []])
})

test('a download that fails before its first byte is answered as other requests are, and is not in the trail', async () => {
  const answer = await download({ connectionsOf: away })
  expect([answer.status, answer.headers.get('content-disposition')]).toEqual([503, null])
  expect(await answer.json()).toMatchObject({ code: 'temporarily_unavailable' })
  expect([audited, faults.length]).toEqual([[], 1])
})

test('a download that fails later breaks off, and is a fault', async () => {
  await expect(download(withTurns(away)).then((answer) => answer.text())).rejects.toThrow()
  expect(faults).toEqual([expect.objectContaining({ err: expect.objectContaining({ message: 'away' }) })])
})

test('a download that its user cancels is no fault', async () => {
  const user = new AbortController()
  const { promise: left, resolve } = Promise.withResolvers<void>()
  const turnsOf = async () => {
    user.abort()
    await once(response, 'close')
    resolve()
    return []
  }
  await expect(download(withTurns(turnsOf), user.signal).then((answer) => answer.text())).rejects.toThrow()
  await left
  // Meanwhile the server finishes the cancelled download.
  expect((await download(nothingKept)).status).toBe(200)
  expect([audited.length, faults]).toEqual([2, []])
})
