import { fingerprint } from '../fingerprint.ts'
import type { Principal } from '../identity/principal.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'

export type StepState = 'done' | 'next' | 'later' | 'failed'
export type Step = { name: string; state: StepState }
export type AuthorizationView = {
  /** The session URI's fingerprint: the URI itself would help a reader to complete the authorization. */
  id: string
  provider: string
  workload: string
  user: string
  scopes: readonly string[]
  state: AuthorizationSession['status'] | 'expired'
  expiresInSeconds: number
  steps: readonly Step[]
  next: string
  /** The users of the built-in authorization server, if it is this provider's. */
  users: readonly string[]
}

const STEPS = [
  'GetResourceOauth2Token asked',
  'authorize: browser left for the vendor',
  'callback: vendor sent the browser back',
  'CompleteResourceTokenAuth: session bound, code redeemed',
] as const

const EXPIRED = 'Expired. GetResourceOauth2Token starts another authorization.'
const NEXT: Readonly<Record<number, string>> = {
  1: 'The application sends the browser to the authorization URL.',
  2: 'The user consents at the vendor, and the vendor sends the browser to the callback URL.',
  3: 'The application calls CompleteResourceTokenAuth with the session URI and the identity of the user.',
  4: 'GetResourceOauth2Token answers with the token.',
}

export function describeAuthorization(
  session: AuthorizationSession,
  now: number,
  users: readonly string[] = [],
): AuthorizationView {
  const finished = session.status === 'completed' || session.status === 'failed'
  const expired = !finished && session.expiresAt <= now
  const done = stepsDone(session)
  return {
    id: fingerprint(session.sessionUri),
    provider: session.providerName,
    workload: session.workloadName,
    user: describeUser(session.principal),
    scopes: session.request.scopes,
    state: expired ? 'expired' : session.status,
    expiresInSeconds: Math.max(0, Math.round((session.expiresAt - now) / 1000)),
    steps: STEPS.map((name, index) => ({
      name,
      state: stateOfStep(index, done, expired || session.status === 'failed'),
    })),
    users,
    next: expired ? EXPIRED : describeNext(session, done),
  }
}

function stepsDone({ status, trips }: AuthorizationSession) {
  switch (status) {
    case 'waiting':
      return trips.length === 0 ? 1 : 2
    case 'returned':
    case 'completing':
    case 'failed':
      return 3
    case 'completed':
      return 4
  }
}

function stateOfStep(index: number, done: number, stopped: boolean): StepState {
  if (index < done) return 'done'
  if (index > done) return 'later'
  return stopped ? 'failed' : 'next'
}

function describeNext({ status }: AuthorizationSession, done: number) {
  if (status === 'failed')
    return 'Failed. GetResourceOauth2Token without this session URI starts another authorization.'
  if (status === 'completing') return 'The code is being redeemed at the vendor.'
  return NEXT[done] ?? ''
}

export function describeUser(principal: Principal) {
  switch (principal.kind) {
    case 'jwt':
      return `${principal.subject} (JWT of ${principal.issuer})`
    case 'user-id':
      return `${principal.userId} (user id)`
    case 'none':
      return 'no user'
  }
}
