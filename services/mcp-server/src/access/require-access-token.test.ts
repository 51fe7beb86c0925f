import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userRef } from '@agent-identity/service-runtime'
import { afterEach, expect, test } from '@jest/globals'
import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'
import express, { type ErrorRequestHandler } from 'express'
import { requireAccessToken } from './require-access-token.ts'

const ISSUER = 'https://issuer.example'
const ENDED_AT = 1_900_000_000_000
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** @param token `invalid`; `silent`, without a time of issue; or that time, in milliseconds since alice was erased. */
async function answerTo(token: string, { subject = 'alice', redisIsAway = false } = {}) {
  const lines: unknown[] = []
  const app = express()
  app.use(
    requireAccessToken({
      verifier: {
        async verifyAccessToken(sent) {
          if (sent === 'invalid')
            throw new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid here')
          const extra = { issuer: ISSUER, subject, ...(sent !== 'silent' && { issuedAt: ENDED_AT + Number(sent) }) }
          return { token: sent, clientId: 'editor', scopes: ['mcp/tools'], expiresAt: Date.now() / 1_000 + 60, extra }
        },
      },
      async isErased(user, since) {
        if (redisIsAway) throw new Error('away')
        return user === userRef({ issuer: ISSUER, subject: 'alice' }) && since <= ENDED_AT
      },
      resource: 'https://app.example/mcp',
      scope: 'mcp/tools',
      log: { info: (line: unknown) => void lines.push(line) } as never,
    }),
    (_request, response) => void response.send('called'),
  )
  const failed: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(503).end()
  app.use(failed)
  const server = createServer(app).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  const seen = { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: await answer.text() }
  return { seen, lines }
}

test.each(['-1000', '0', 'silent'])('a token of an erased user looks like an invalid one: %s', async (token) => {
  const { seen, lines } = await answerTo(token)
  expect(seen.status).toBe(401)
  expect(seen).toEqual((await answerTo('invalid')).seen)
  expect(lines).toEqual([{ refusal: 'erased-user' }])
})

test('a token from after the erasure is taken, and so is another user’s from before it', async () => {
  expect(await answerTo('1000')).toMatchObject({ seen: { status: 200, body: 'called' }, lines: [] })
  expect((await answerTo('-1000', { subject: 'bob' })).seen).toMatchObject({ status: 200, body: 'called' })
})

test('while Redis is away no token is taken', async () => {
  expect((await answerTo('1000', { redisIsAway: true })).seen).toEqual({ status: 503, challenge: null, body: '' })
})
