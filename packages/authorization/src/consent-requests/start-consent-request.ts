import {
  type AuthorizationId,
  type ConnectionRecord,
  type ConsentRequest,
  type ConsentRequestId,
  type ConsentRequestProgress,
  type OfferedProviders,
  type PendingAuthorization,
  type PendingAuthorizationStatus,
  type ProviderId,
  scopesOfCall,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import { needsNewConsent, stateOf } from '../connections/connection-state.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { type ConsentRequestRecords, isOver } from './consent-request-records.ts'
import { waiterOf } from './waiting-consent-requests.ts'

export interface StartConsentRequestPorts {
  offered: OfferedProviders
  consentRequests: Pick<ConsentRequestRecords, 'read' | 'change'>
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    findActive(
      ref: UserSessionRef,
      owner: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      generation: number,
    ): Promise<AuthorizationId | undefined>
    join(id: AuthorizationId, waiter: WaiterId): Promise<'waiting' | PendingAuthorizationStatus | 'missing'>
  }
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  connections: {
    find(user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined>
    needsReauthorization(user: UserRef, provider: ProviderId): Promise<void>
  }
  clock: Clock
}

export type StartedConsentRequest =
  /** An ordinary pending authorization of this user session: its own start comes next. */
  | { outcome: 'authorization'; id: AuthorizationId }
  /** AgentCore has a token: it was connected elsewhere in the meantime. */
  | { outcome: 'connected' }
  /** This user has none with this id. */
  | { outcome: 'unknown' }
  | { outcome: 'settled' }
  | Exclude<AccessOutcome, { outcome: 'token' | 'authorization-required' }>

/** Each try but the last lost to another start of the same request, and those are limited. */
const TRIES = 10

/**
 * Step 6 for what an MCP client asked for: the user's signed-in browser turns the consent request into an ordinary pending
 * authorization of its own user session, requested with that session's own identity artifact. From there on every check is the
 * ordinary one.
 */
export async function startConsentRequest(
  id: ConsentRequestId,
  by: { ref: UserSessionRef; userRef: UserRef; requestId: string },
  ports: StartConsentRequestPorts,
): Promise<StartedConsentRequest> {
  for (let tries = 0; tries < TRIES; tries++) {
    const request = await ports.consentRequests.read(by.userRef, id)
    if (!request) return { outcome: 'unknown' }
    if (isOver(request) || ports.clock() >= request.expiresAt) return { outcome: 'settled' }
    const before = await authorizationOf(request, by.ref, ports)
    if (before === 'under-way') return { outcome: 'settled' }
    if (before) return { outcome: 'authorization', id: before }

    const scopes = request.scopes.split(' ')
    // Read now: a user who opens the link after disconnecting consents again.
    const seen = await ports.connections.find(by.userRef, request.provider)
    // Two tabs never cause two consents, whichever asked.
    const generation = seen?.generation ?? 0
    const active = await ports.authorizations.findActive(by.ref, by.userRef, request.provider, scopes, generation)
    // Read again: what was settled in between has connected, and AgentCore would clear it if this one started over.
    const connection = await ports.connections.find(by.userRef, request.provider)
    if ((connection?.generation ?? 0) !== generation) continue
    const asked: AccessOutcome = active
      ? { outcome: 'authorization-required', authorizationId: active }
      : await authorizationFor(request, scopes, connection, by, ports)
    if (asked.outcome === 'token') {
      // If it has become an authorization elsewhere, the end of that authorization ends it, too.
      if (request.status !== 'open' || (await ports.consentRequests.change(request, { status: 'bound' })))
        return { outcome: 'connected' }
      continue
    }
    if (asked.outcome !== 'authorization-required') return asked
    const { authorizationId } = asked
    // Joins first: an authorization that is settled in between then notifies this request.
    if ((await ports.authorizations.join(authorizationId, waiterOf(by.userRef, id))) !== 'waiting') continue
    const started: ConsentRequestProgress = { status: 'started', authorizationId, ...(active ? { joined: true } : {}) }
    if (await ports.consentRequests.change(request, started)) return { outcome: 'authorization', id: authorizationId }
  }
  throw new Error('Other starts of this consent request came first, again and again')
}

/** Its authorization, if that can continue in this user session; in another browser the user starts from the beginning. */
async function authorizationOf(
  { status, authorizationId }: ConsentRequest,
  ref: UserSessionRef,
  { authorizations, clock }: StartConsentRequestPorts,
): Promise<AuthorizationId | 'under-way' | undefined> {
  if (status !== 'started' || !authorizationId) return undefined
  const record = await authorizations.read(authorizationId)
  if (record?.status === 'binding' || record?.status === 'bound' || record?.status === 'unconfirmed') return 'under-way'
  const isOurs = userSessionRefOf(authorizationId) === ref
  return isOurs && record?.status === 'pending' && clock() < record.expiresAt ? authorizationId : undefined
}

async function authorizationFor(
  request: ConsentRequest,
  scopes: readonly string[],
  connection: ConnectionRecord | undefined,
  { ref, userRef, requestId }: { ref: UserSessionRef; userRef: UserRef; requestId: string },
  ports: StartConsentRequestPorts,
): Promise<AccessOutcome> {
  const { id, provider, forceAuthentication } = request
  const offered = ports.offered.get(provider)
  // What was granted may still be used where only some of it is missing.
  const isForLess = offered !== undefined && scopesOfCall(offered, connection, scopes, scopes).isForLess
  if (forceAuthentication && !isForLess) await ports.connections.needsReauthorization(userRef, provider)
  return ports.requestAccess({
    userSession: ref,
    user: userRef,
    provider,
    scopes,
    ...(connection && { connection: stateOf(connection) }),
    forceAuthentication: forceAuthentication || needsNewConsent(connection, scopes),
    requestId,
    consentRequestId: id,
  })
}
