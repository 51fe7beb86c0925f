import { EventEmitter, once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { pino } from 'pino'
import { requestIdOf, requestLog } from './request-log.ts'
import { listen, type RunningServer } from './run-server.ts'

let server: RunningServer
const lines: { level: string; msg: string; req?: { path: string } }[] = []
const written = new EventEmitter()
/** Resolves when the request that is never answered has arrived. */
let unanswered: Promise<void>

beforeAll(async () => {
  const formatters = { level: (level: string) => ({ level }) }
  const log = pino(
    { formatters },
    {
      write(line: string) {
        lines.push(JSON.parse(line))
        written.emit('line')
      },
    },
  )
  const app = express()
  app.use(requestLog(log))
  let asked: () => void
  unanswered = new Promise((resolve) => {
    asked = resolve
  })
  app.get('/never', () => asked())
  app.get('/broken', (_request, response) => void response.status(503).end())
  app.get('/twice', (_request, response) => void response.end('once').write('and again'))
  app.use((request, response) => void response.send(requestIdOf(request)))
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())

/** Lines are written after the answer. */
async function linesOf(path: string): Promise<typeof lines> {
  const found = lines.filter(({ req }) => req?.path === path)
  if (found.length > 0) return found
  await once(written, 'line')
  return linesOf(path)
}

test('a request is one line with our id, without its query and its headers', async () => {
  const answer = await fetch(`${server.url}/oauth2/session-binding?state=hunter2&session_id=hunter2`, {
    headers: { cookie: 'hunter2', referer: 'hunter2', 'x-request-id': 'forged' },
  })
  const requestId = answer.headers.get('x-request-id')
  expect(await answer.text()).toBe(requestId)
  const found = await linesOf('/oauth2/session-binding')
  expect(found).toEqual([
    expect.objectContaining({
      level: 'info',
      requestId,
      req: { method: 'GET', path: '/oauth2/session-binding' },
      res: { status: 200 },
      responseTime: expect.any(Number),
      msg: 'request completed',
    }),
  ])
  expect(requestId).not.toBe('forged')
  expect(JSON.stringify(found)).not.toContain('hunter2')
})

test('a 5xx answer is an error, without its query', async () => {
  await fetch(`${server.url}/broken?state=hunter2&code=hunter2`)
  const found = await linesOf('/broken')
  expect(found).toMatchObject([
    { level: 'error', req: { method: 'GET', path: '/broken' }, res: { status: 503 }, msg: 'request errored' },
  ])
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

test('a client that disconnects before its answer is logged', async () => {
  const outgoing = request(`${server.url}/never?state=hunter2`)
  outgoing.on('error', () => undefined).end()
  await unanswered
  outgoing.destroy()
  expect(await linesOf('/never')).toMatchObject([{ level: 'info', msg: 'request aborted' }])
})

test('a write after the end of an answer is an error in the log, and the process goes on', async () => {
  expect(await (await fetch(`${server.url}/twice`)).text()).toBe('once')
  expect((await fetch(`${server.url}/next`)).status).toBe(200)
  expect(lines).toContainEqual(expect.objectContaining({ level: 'error', msg: 'an answer broke off' }))
})

test('a health check is not logged, but has an id', async () => {
  for (const path of ['/healthz', '/readyz'])
    expect((await fetch(server.url + path)).headers.get('x-request-id')).not.toBeNull()
  await fetch(`${server.url}/after`)
  await linesOf('/after')
  expect(lines.map(({ req }) => req?.path)).not.toContain('/healthz')
  expect(lines.map(({ req }) => req?.path)).not.toContain('/readyz')
})
