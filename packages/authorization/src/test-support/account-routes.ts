import type { AuthorizationId, ConnectionId, ConnectionRef, UserRef, UserSessionRef } from '@agent-identity/contracts'
import {
  ApiError,
  auditFingerprintKey,
  createAuditTrail,
  createLogger,
  errorHandler,
  listen,
  requestLog,
  requireSameOrigin,
} from '@agent-identity/service-runtime'
import express, { type Request } from 'express'
import { createAccounts } from '../connections/accounts.ts'
import { connectionRoutes } from '../connections/connection-routes.ts'
import type { AccessOutcome, AccessRequest, ExistingToken } from '../request-authorization.ts'
import { PROVIDER, USER } from './disconnecting.ts'
import { startNamedAccounts } from './named-accounts.ts'
import { OFFERED } from './offered.ts'

export const STRANGER = 'o'.repeat(22) as UserRef
const ref = 's'.repeat(22) as UserSessionRef
export const authorizationId = `${ref}.${'i'.repeat(22)}` as AuthorizationId
const PUBLIC_URL = 'https://agent.example'
export const accountChoice = { hint: 'login_hint', chooser: { prompt: 'select_account' } } as const
const offered = new Map([...OFFERED].map(([id, one]) => [id, { ...one, accountChoice }]))

interface Sent {
  user?: string
  body?: unknown
  headers?: Record<string, string>
}

const textOf = (body: unknown) =>
  typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body)

const usually = () => ({
  inVault: async (): Promise<ExistingToken> => ({ outcome: 'token', accessToken: 'granted' }),
  vendor: undefined as string | undefined,
  isRejected: false,
  meanwhile: async (_signal: AbortSignal): Promise<unknown> => undefined,
  asked: { outcome: 'authorization-required', authorizationId } as AccessOutcome,
  isOpen: true,
  notify: async (): Promise<void> => undefined,
})

export async function startAccountRoutes() {
  const accounts = await startNamedAccounts()
  const { world, one } = accounts
  const answers = usually()
  const requests: AccessRequest[] = []
  const lines: string[] = []
  const atVendor: string[] = []
  const told: AuthorizationId[] = []
  const endedUnused: unknown[] = []

  const userOf = (request: Request) => request.get('x-user') as UserRef
  const audit = createAuditTrail({
    service: 'agent-workload',
    fingerprintKey: auditFingerprintKey({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }),
    clock: () => world.now,
    destination: { write: (line) => void lines.push(line) },
  })
  const log = createLogger({ service: 'test', level: 'silent' })
  const app = express()
  app.use(requestLog(log))
  app.use(
    connectionRoutes({
      offered,
      connections: one.connections,
      accounts: {
        ...createAccounts({ records: one.records }),
        byHint: (user, _provider, hint) => accounts.byHint(hint, user),
        makeDefault: one.records.writeDefault,
      },
      calls: one.calls,
      async notify(id) {
        await answers.notify()
        told.push(id)
      },
      existingToken: () => answers.inVault(),
      async accountOf(_provider, accessToken, signal) {
        atVendor.push(accessToken)
        await answers.meanwhile(signal)
        return answers.isRejected ? { isRejected: true } : { name: answers.vendor }
      },
      authorizations: {
        findActive: async () => undefined,
        read: async () => (answers.isOpen ? { expiresAt: world.now + 1 } : undefined),
        listActive: async () => [],
      } as never,
      uses: { list: async () => [] },
      async requestAccess(request) {
        requests.push(request)
        return answers.asked
      },
      disconnections: {
        disconnect: (who) => one.disconnect(who as never),
        lookAgain: async () => undefined,
        endUnused: async (who) => void endedUnused.push(who),
      },
      askFirst: { isOn: async () => true, choose: async () => undefined },
      requireUser: (request, _response, next) => next(userOf(request) ? undefined : new ApiError('not_signed_in')),
      requireSameOrigin: requireSameOrigin(PUBLIC_URL),
      limit: (_request, _response, next) => next(),
      limitReads: (_request, _response, next) => next(),
      audit,
      userSessionOf: (request) => ({ ref, userRef: userOf(request) }) as never,
    }),
  )
  app.use(errorHandler(log))
  const server = await listen(app, { port: 0, drainSeconds: 1 })

  async function connected(hint: string, came = hint, user = USER): Promise<{ ref: ConnectionRef; id: ConnectionId }> {
    const bound = await accounts.connected(hint, came, user)
    if (bound.outcome === 'superseded') throw new Error(bound.outcome)
    return { ref: bound.ref, id: bound.record.id }
  }

  async function send(method: string, path: string, { user = USER, body, headers = {} }: Sent = {}) {
    const answer = await fetch(`${server.url}/api/connections/${PROVIDER}${path}`, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(user && { 'x-user': user }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: textOf(body), duplex: 'half' as const }),
    })
    const text = await answer.text()
    return { status: answer.status, allow: answer.headers.get('allow'), json: text ? JSON.parse(text) : undefined }
  }

  const ROUTES = {
    acceptance: (id: string, more?: Sent) =>
      send('POST', `/acceptance?account=${id}`, { body: { generation: 1, account: 'bob@home' }, ...more }),
    doubt: (account: string, more?: Sent) => send('POST', `/doubt?account=${account}`, more),
    authorizations: (account: string, more?: Sent) => send('POST', '/authorizations', { body: { account }, ...more }),
    default: (account: string, more?: Sent) => send('PUT', '/default', { body: { account }, ...more }),
    DELETE: (account: string, more?: Sent) => send('DELETE', `?account=${account}`, more),
  }

  const stored = async () => {
    const keys = (await one.redis.keys('connection:*')).sort()
    return Promise.all(keys.map((key) => one.redis.hgetall(key)))
  }

  return {
    world,
    one,
    answers,
    requests,
    lines,
    atVendor,
    told,
    endedUnused,
    connected,
    send,
    listed: async () => (await send('GET', '/..')).json,
    ROUTES,
    stored,

    async reset() {
      await accounts.reset()
      Object.assign(answers, usually())
      for (const seen of [requests, lines, atVendor, told, endedUnused]) seen.length = 0
    },
    async stop() {
      await server.stop()
      await accounts.stop()
    },
  }
}
