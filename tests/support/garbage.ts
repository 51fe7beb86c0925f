import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { BROWSER_BINDING_COOKIE, ROUTES, type StartId, USER_SESSION_COOKIE } from '@agent-identity/contracts'

interface Senders {
  /** Pending authorizations; an id is not a secret. */
  named: readonly StartId[]
  /** Whole Cookie headers of signed-in users. */
  cookies: readonly string[]
}

interface Piece {
  method: string
  path: string
  headers: Record<string, string>
}

export interface Flood {
  sent: number
  /** Number of answers, by status. */
  readonly answers: ReadonlyMap<number, number>
  cookiesGiven: number
  unanswered: number
  /** Resolves when no request is open. */
  stop(): Promise<void>
}

/**
 * Sends requests at a constant rate, to each origin in turn.
 *
 * @param host the Host header
 */
export function flood(origins: readonly string[], host: string, senders: Senders, perSecond: number): Flood {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const open = new Set<Promise<void>>()
  const answers = new Map<number, number>()
  const state: Flood = { sent: 0, answers, cookiesGiven: 0, unanswered: 0, stop }
  const startedAt = performance.now()
  // Does not wait for answers: otherwise a slow service would slow down the flood.
  const timer = setInterval(() => {
    while (state.sent < ((performance.now() - startedAt) * perSecond) / 1_000) send(state.sent++)
  }, 10)

  function send(n: number): void {
    const sending = new Promise<void>((resolve) => sendOnce(n, resolve))
    open.add(sending)
    void sending.finally(() => open.delete(sending))
  }

  function sendOnce(n: number, resolve: () => void): void {
    const { method, path, headers } = piece(n, senders)
    const url = new URL(path, origins[n % origins.length])
    const outgoing = request(url, { method, agent, headers: { host, ...headers } }, (answer) => {
      const status = answer.statusCode ?? 0
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (answer.headers['set-cookie']) state.cookiesGiven++
      answer.resume()
      answer.once('close', resolve)
    })
    outgoing.once('error', ({ code }: NodeJS.ErrnoException) => {
      // The other end may have closed a kept connection that was idle.
      if (outgoing.reusedSocket && code === 'ECONNRESET') return sendOnce(n, resolve)
      state.unanswered++
      resolve()
    })
    outgoing.end()
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await Promise.all(open)
    agent.destroy()
  }

  return state
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url')
const uri = () => `urn:ietf:params:oauth:request_uri:${random(24)}`
const query = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters)}`
const stateOf = (id: string) => `${id}.${random(32)}`

/** Queries of returns. */
const SHAPES: readonly ((id: StartId) => string)[] = [
  () => '',
  () => query({ state: 'x', session_id: 'y' }),
  () => query({ state: stateOf(`${random(16)}.${random(16)}`), session_id: uri() }),
  (id) => query({ state: stateOf(id), session_id: uri() }),
  (id) => query({ state: `${id}.`, session_id: uri() }),
  (id) => query({ state: stateOf(id), error: 'access_denied' }),
  (id) => `${query({ state: stateOf(id), session_id: uri() })}&state=${stateOf(id)}`,
  (id) => query({ state: stateOf(id), session_id: `urn:ietf:params:oauth:request_uri:${'a'.repeat(8_000)}` }),
  (id) => query({ state: stateOf(id).padEnd(20_000, 'x') }),
  () => `?${'%00&'.repeat(200)}`,
]

const SENDERS: readonly ((senders: Senders, n: number) => Record<string, string>)[] = [
  () => ({}),
  ({ cookies }, n) => ({ cookie: cookies[n % cookies.length] ?? '' }),
  () => ({ cookie: `${USER_SESSION_COOKIE}=s%3A${random(32)}.${random(32)}` }),
  ({ cookies }, n) => ({ cookie: `${cookies[n % cookies.length]}; ${BROWSER_BINDING_COOKIE}=${random(32)}` }),
]

/** Counts through both lists, so that every shape meets every sender. */
function piece(n: number, senders: Senders): Piece {
  const shape = SHAPES[n % SHAPES.length]
  const sender = SENDERS[Math.floor(n / SHAPES.length) % SENDERS.length]
  const id = senders.named[n % senders.named.length]
  if (!shape || !sender || !id) throw new Error('Garbage needs an authorization to name')
  return {
    method: n % 23 === 0 ? 'POST' : n % 29 === 0 ? 'HEAD' : 'GET',
    path: ROUTES.sessionBinding + shape(id),
    headers: { ...sender(senders, n), 'x-forwarded-for': n % 4 === 0 ? '198.18.0.1' : address(n) },
  }
}

/** From 198.18.0.0/15, which is reserved for benchmarks (RFC 2544). */
const address = (n: number) => `198.19.${(n >> 8) & 255}.${n & 255}`
