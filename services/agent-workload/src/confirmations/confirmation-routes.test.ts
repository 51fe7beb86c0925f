import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConfirmationId, type Turn, turnIdOf, type UserRef, type UserSessionRef } from '@agent-identity/contracts'
import { createLogger, errorHandler, requestLog } from '@agent-identity/service-runtime'
import { afterAll, expect, test } from '@jest/globals'
import express, { type RequestHandler } from 'express'
import { confirmationRoutes } from './confirmation-routes.ts'

const id = `${'c'.repeat(22)}.${'t'.repeat(11)}.${'x'.repeat(11)}` as ConfirmationId
const userRef = 'u'.repeat(22) as UserRef
const ref = 's'.repeat(22) as UserSessionRef
const confirmation = { id, calls: [{ effect: 'e'.repeat(64), tool: 'open_issue', provider: 'github' }] } as never
const own: Turn = {
  owner: userRef,
  userSession: ref,
  message: 'hello',
  createdAt: 1,
  requestId: 'asked-by',
  status: 'waiting',
  run: 1,
}

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function world(turn: Turn | undefined) {
  const done: unknown[] = []
  const pass: RequestHandler = (_request, _response, next) => next()
  const log = createLogger({ service: 'test', level: 'silent' })
  const app = express()
  app.use(requestLog(log))
  app.use(
    confirmationRoutes({
      confirmations: {
        read: async () => confirmation,
        async end(_id, status) {
          done.push(status)
          return confirmation
        },
      },
      turns: { read: async () => turn },
      settle: async (settled) => void done.push(`tell ${settled}`),
      requireUser: pass,
      requireSameOrigin: pass,
      limit: pass,
      userSessionOf: () => ({ ref, userRef }) as never,
      audit: ({ event, requestId, ...line }) =>
        void done.push({ event, ...line, isItsOwn: requestId !== own.requestId }),
    }),
  )
  app.use(errorHandler(log))
  const server = createServer(app).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = async (body: string, type = 'application/json', name: string = id) => {
    const url = `http://127.0.0.1:${port}/api/confirmations/${name}`
    return (await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body })).status
  }
  return { done, answer }
}

test.each([
  ['confirmed', 'confirmation_given'],
  ['declined', 'confirmation_declined'],
] as const)('an answer is stored, then audited, then the turn is resumed: %s', async (given, event) => {
  const { done, answer } = await world(own)
  expect(await answer(JSON.stringify({ answer: given }))).toBe(204)
  const who = { user: userRef, userSession: ref, isItsOwn: true }
  const what = { confirmationId: id, turnId: turnIdOf(id), correlationId: 'asked-by', tools: ['open_issue'], calls: 1 }
  expect(done).toEqual([given, { event, ...who, ...what }, `tell ${id}`])
})

const refused: [
  why: string,
  status: number,
  turn: Turn | undefined,
  ...Parameters<Awaited<ReturnType<typeof world>>['answer']>,
][] = [
  ['of a turn that has ended', 409, { ...own, status: 'done' }, '{"answer":"confirmed"}'],
  ['of a turn that has failed', 409, { ...own, status: 'failed' }, '{"answer":"confirmed"}'],
  ['of a deleted turn', 404, undefined, '{"answer":"confirmed"}'],
  ['of another user', 404, { ...own, owner: 'v'.repeat(22) as UserRef }, '{"answer":"confirmed"}'],
  ['of another user session', 404, { ...own, userSession: 'v'.repeat(22) as UserSessionRef }, '{"answer":"confirmed"}'],
  ['of no confirmation', 404, own, '{"answer":"confirmed"}', 'application/json', 'x'],
  ['that is none', 400, own, '{"answer":"pending"}'],
  ['that says more', 400, own, '{"answer":"confirmed","calls":[]}'],
  ['of a form', 415, own, '{"answer":"confirmed"}', 'text/plain'],
  ['that is too long', 413, own, JSON.stringify({ answer: 'x'.repeat(2_000) })],
]

test.each(refused)('an answer %s is refused with %i, and has no effect', async (_why, status, turn, ...sent) => {
  const { done, answer } = await world(turn)
  expect([await answer(...sent), done]).toEqual([status, []])
})
