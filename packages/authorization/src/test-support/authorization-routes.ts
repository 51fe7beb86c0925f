import {
  type AuditEvent,
  AuthorizationId,
  BROWSER_BINDING_COOKIE,
  type EndedEntry,
  type PendingAuthorization,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { ApiError, browserHash, createLogger, errorHandler, listen } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express from 'express'
import { authorizationRoutes } from '../authorization-routes.ts'
import type { AuthorizationStarts, Start } from '../authorization-starts.ts'
import type { PendingAuthorizations } from '../pending-authorizations.ts'

export const NOW = 1_900_000_000_000
const ref = 'A'.repeat(22) as UserSessionRef
const alice = 'a'.repeat(22) as UserRef
export const id = AuthorizationId.parse(`${ref}.${'i'.repeat(22)}`)
export const other = AuthorizationId.parse(`${ref}.${'o'.repeat(22)}`)
const secret = 's'.repeat(43)
export const authorizationUrl = 'https://agentcore.example/authorize'
const session = { ref, userRef: alice, browserHash: browserHash(secret, ref) } as CurrentUserSession
export const pending = {
  status: 'pending',
  owner: alice,
  provider: 'github',
  scopes: 'repo user',
  expiresAt: NOW + 1,
  correlationId: 'the-turn',
} as PendingAuthorization
export const about = { correlationId: 'the-turn', provider: 'github', scopes: ['repo', 'user'] }
export const actor = { user: alice, userSession: ref }

const fresh = () => ({
  signedIn: true,
  record: pending as PendingAuthorization | undefined,
  begun: { outcome: 'started', authorizationUrl } as Start,
  ends: true,
  redisIsAway: false,
  limitRefused: undefined as ApiError | Promise<never> | undefined,
  done: [] as string[],
  marked: [] as EndedEntry[],
  said: [] as AuditEvent[],
})

/** The routes run with fakes in place of Redis. `begin` resets the world. */
export async function serveAuthorizationRoutes() {
  const world = {
    ...fresh(),
    begin: () => void Object.assign(world, fresh()),
    reasons: () => world.said.map((event) => ('reason' in event ? event.reason : event.event)),
  }
  const authorizations = {
    read: async () => world.record,
    async end(which: AuthorizationId, status: string) {
      if (world.ends) world.done.push(`${status} ${which}`)
      return world.ends
    },
  }
  const starts = {
    async start(which: AuthorizationId, _record: unknown, hash: string, whenAnother: string) {
      world.done.push(`start ${which === id} ${hash === session.browserHash} ${whenAnother}`)
      return world.begun
    },
  }
  const app = express()
  app.use(
    authorizationRoutes({
      authorizations: authorizations as unknown as PendingAuthorizations,
      starts: starts as AuthorizationStarts,
      untilRevocationsRest: async ({ user, provider }) => void world.done.push(`at rest ${user === alice} ${provider}`),
      async consentStarts({ provider }, entry) {
        if (world.redisIsAway) throw new Error('Redis is away')
        world.done.push(`starts ${provider} ${entry.scopes}`)
        world.marked.push(entry)
      },
      notify: async (which) => void world.done.push(`notify ${which}`),
      tellSetAside: async (which) => void world.done.push(`set aside ${which}`),
      renderOtherConsentOpen: (response) => void response.status(409).type('html').end('another consent is open'),
      isAuthorizationUrl: (url) => url === authorizationUrl,
      requireUser: (_request, _response, next) => next(world.signedIn ? undefined : new ApiError('not_signed_in')),
      requireSameOrigin: (request, _response, next) =>
        next(request.get('sec-fetch-site') === 'cross-site' ? new ApiError('cross_site_request') : undefined),
      limit: (_request, _response, next) => next(),
      limitRefused: (_request, _response, next) =>
        world.limitRefused instanceof Promise ? world.limitRefused : next(world.limitRefused),
      limitCancel: (_request, _response, next) => next(),
      currentUserSession: () => (world.signedIn ? session : undefined),
      userSessionOf: () => session,
      audit: (event) => void world.said.push(event),
      clock: () => NOW,
    }),
  )
  app.use(errorHandler(createLogger({ service: 'test', level: 'silent' })))
  const server = await listen(app, { port: 0, drainSeconds: 1 })

  async function send(path: string, method = 'GET', headers: Record<string, string> = {}) {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { cookie: `${BROWSER_BINDING_COOKIE}=${secret}`, ...headers },
    })
    const [location, allow, type] = ['location', 'allow', 'content-type'].map((name) => answer.headers.get(name))
    return { status: answer.status, location, allow, type }
  }
  const start = (headers?: Record<string, string>, which: string = id) =>
    send(`/authorizations/${which}/start`, 'GET', headers)
  return { world, server, send, start }
}
