import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { User } from '@agent-identity/contracts'
import express, { type ErrorRequestHandler, type Request } from 'express'
import type { Redis } from 'ioredis'
import type { SignInFacts } from '../sign-in-facts.ts'
import { createUserSessions, type UserSessions, type UserSessionsDeps } from '../user-sessions.ts'
import { keyRing } from './key-ring.ts'
import { createRecordedLog } from './recorded-log.ts'
import { startRedisServer } from './redis-server.ts'

export const ALICE: User = { issuer: 'https://issuer.example', subject: 'alice', name: 'Alice' }
export const IDLE_SECONDS = 1_000
export const ABSOLUTE_SECONDS = 4_000

type Act<Result> = (sessions: UserSessions, request: Request) => Result | Promise<Result>

export type SessionWorld = Awaited<ReturnType<typeof startSessionWorld>>

/** A real Redis, and a clock that only the test moves. */
export async function startSessionWorld() {
  const redisServer = await startRedisServer()
  const redis = await redisServer.connect()
  const servers: Server[] = []
  let now = Date.now()

  return {
    redis,
    now: () => now,
    advance(seconds: number) {
      now += seconds * 1_000
    },
    reset: () => redis.flushall(),
    async stop() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      await redisServer.stop()
    },

    /** @returns a connection whose Redis user may use all keys and channels, and has the permissions `rules` and INFO. */
    async restricted(name: string, ...rules: string[]): Promise<Redis> {
      await redis.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', '~*', '&*', ...rules, '+info')
      return redisServer.connect({ username: name, password: 'secret' })
    },

    /** A browser with one cookie. Each request does one thing, whose result is the answer. */
    async app(settings: Partial<UserSessionsDeps> = {}) {
      const sessions = createUserSessions({
        redis,
        userSessionKeys: keyRing('s1', 's1'),
        publicUrl: 'https://app.example',
        idleSeconds: IDLE_SECONDS,
        absoluteSeconds: ABSOLUTE_SECONDS,
        clock: () => now,
        log: createRecordedLog().log,
        ...settings,
      })
      let act: Act<unknown> = () => undefined
      const failed: ErrorRequestHandler = (error, _request, response, _next) =>
        void response.status(500).json(error.message)
      const server = createServer(
        { keepAliveTimeout: 65_000 },
        express()
          .use(sessions.middleware)
          .use(async (request, response) => void response.json((await act(sessions, request)) ?? null))
          .use(failed),
      ).listen(0, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
      const { port } = server.address() as { port: number }
      let cookie = ''
      return {
        sessions,
        setCookie(value: string) {
          cookie = value
        },
        async ask<Result>(next: Act<Result>, path = '/') {
          act = next
          const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } })
          const sent = answer.headers.getSetCookie()
          cookie = sent[0]?.split(';')[0] ?? cookie
          return { status: answer.status, body: (await answer.json()) as Result, cookie, sent }
        },
      }
    },
  }
}

export const begin = (facts?: SignInFacts) => (sessions: UserSessions, request: Request) =>
  sessions.begin(request, ALICE, facts)
export const current = (sessions: UserSessions, request: Request) => sessions.current(request)
export const end = (sessions: UserSessions, request: Request) => sessions.end(request)
