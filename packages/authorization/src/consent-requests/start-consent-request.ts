import {
  type AuthorizationId,
  type ConnectionRecord,
  type ConnectionRef,
  type ConsentRequest,
  type ConsentRequestId,
  type ConsentRequestProgress,
  type OfferedProviders,
  type PendingAuthorization,
  type PendingAuthorizationStatus,
  scopesOfCall,
  splitScopes,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import type { Accounts } from '../connections/accounts.ts'
import { askedAs, askingFor } from '../connections/asking.ts'
import type { Connect } from '../connections/connect.ts'
import { needsNewConsent, stateOf } from '../connections/connection-state.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { accountOfRequest, isSatisfied } from './account-of-request.ts'
import { type ConsentRequestRecords, isOver } from './consent-request-records.ts'
import { waiterOf } from './waiting-consent-requests.ts'

export interface StartConsentRequestPorts {
  offered: OfferedProviders
  consentRequests: Pick<ConsentRequestRecords, 'read' | 'change'>
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    findActive(ref: UserSessionRef, asked: AskedFor): Promise<AuthorizationId | undefined>
    join(
      id: AuthorizationId,
      waiter: WaiterId,
      until: 'settled',
    ): Promise<'waiting' | PendingAuthorizationStatus | 'missing'>
  }
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  accounts: Pick<Accounts, 'choose'>
  connections: {
    find(ref: ConnectionRef): Promise<ConnectionRecord | undefined>
    needsReauthorization(ref: ConnectionRef): Promise<void>
  }
  connect: Connect
  clock: Clock
}

export type StartedConsentRequest =
  /** An authorization of this user session: its own start comes next. */
  | { outcome: 'authorization'; id: AuthorizationId }
  /** The user has to decide about the account, or the connection has changed. */
  | { outcome: 'undecided' }
  | { outcome: 'connected' }
  | { outcome: 'unknown' }
  | { outcome: 'settled' }
  | Exclude<AccessOutcome, { outcome: 'token' | 'authorization-required' }>

const TRIES = 10

/**
 * Step 6 for an MCP client: the consent request becomes a pending authorization of the user session in which it is opened, requested with that user
 * session's own identity artifact.
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
    const provider = ports.offered.get(request.provider)
    // Read now: the request's user may have disconnected the account since the call.
    const account = await accountOfRequest(request, by.userRef, ports)
    if (!provider || !account) return { outcome: 'not-offered' }
    const { ref, record: seen } = account
    if (ref.named && !seen) return { outcome: 'settled' }
    if (isSatisfied(request, seen, provider)) {
      // A request that follows an authorization is not changed here: the authorization's outcome changes it, unless the request expires before.
      if ((await isFollowing(request, ports)) || (await ports.consentRequests.change(request, { status: 'bound' })))
        return { outcome: 'connected' }
      continue
    }
    const isUndecided = seen?.status === 'wrong_account'
    if (before === 'under-way') return { outcome: isUndecided ? 'undecided' : 'settled' }
    if (before) {
      const again: ConsentRequestProgress = {
        ...{ status: 'started', authorizationId: before, startedAt: ports.clock() },
        ...(request.joined ? { joined: true } : {}),
      }
      // A call of the request's client waits for a consent that is being given.
      if (await ports.consentRequests.change(request, again)) return { outcome: 'authorization', id: before }
      continue
    }

    const as = isUndecided ? askingFor(provider, ref, { hint: seen.hint, chooser: true }) : askedAs(provider, ref, seen)
    const wanted = { ...as, scopes: splitScopes(request.scopes), ...stateOf(seen) }
    const active = await ports.authorizations.findActive(by.ref, wanted)
    // Read again: what was settled in between may have connected, and AgentCore would clear its token if this request started over.
    const connection = await ports.connections.find(ref)
    if ((connection?.generation ?? 0) !== wanted.generation) continue
    const asked: AccessOutcome = active
      ? { outcome: 'authorization-required', authorizationId: active }
      : await authorizationFor(request, wanted, connection, by, ports)
    if (asked.outcome === 'token') {
      const consented = { ...wanted, scopes: request.scopes, userSession: by.ref, requestId: by.requestId }
      if (
        connection?.status !== 'connected' &&
        (await ports.connect(consented, asked.accessToken)).outcome !== 'connected'
      )
        return { outcome: 'undecided' }
      if ((await isFollowing(request, ports)) || (await ports.consentRequests.change(request, { status: 'bound' })))
        return { outcome: 'connected' }
      continue
    }
    if (asked.outcome !== 'authorization-required') return asked
    const { authorizationId } = asked
    // Joins before the request is changed: a settled authorization tells nothing any more.
    const join = () => ports.authorizations.join(authorizationId, waiterOf(by.userRef, id), 'settled')
    if ((await join()) !== 'waiting') continue
    const started: ConsentRequestProgress = {
      ...{ status: 'started', authorizationId, startedAt: ports.clock() },
      ...(active ? { joined: true } : {}),
    }
    if (!(await ports.consentRequests.change(request, started))) continue
    if ((await join()) === 'waiting') return { outcome: 'authorization', id: authorizationId }
    // The authorization was settled between the two: its waiters may have been told before this request followed it.
    const following = await ports.consentRequests.read(by.userRef, id)
    if (following?.status === 'started' && following.authorizationId === authorizationId)
      await ports.consentRequests.change(following, { status: 'open' })
  }
  throw new Error('Other starts of this consent request came first, again and again')
}

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

/** A request whose authorization is gone follows nothing: it would be told no outcome. */
const isFollowing = async ({ status, authorizationId }: ConsentRequest, { authorizations }: StartConsentRequestPorts) =>
  status !== 'open' && authorizationId !== undefined && (await authorizations.read(authorizationId)) !== undefined

async function authorizationFor(
  request: ConsentRequest,
  wanted: AskedFor,
  connection: ConnectionRecord | undefined,
  { ref, requestId }: { ref: UserSessionRef; requestId: string },
  ports: StartConsentRequestPorts,
): Promise<AccessOutcome> {
  const { id, provider } = request
  // Whether the vault has another token than the one that was not enough.
  const isNewer =
    connection?.status === 'connected' && (connection.connectedAt ?? 0) > (request.connectedAt ?? request.createdAt)
  const forceAuthentication = request.forceAuthentication && !isNewer
  const offered = ports.offered.get(provider)
  // Where the user only left out some scopes, what was granted stays in use.
  const isForLess = offered !== undefined && scopesOfCall(offered, connection, wanted.scopes, wanted.scopes).isForLess
  if (forceAuthentication && !isForLess) await ports.connections.needsReauthorization(wanted)
  return ports.requestAccess({
    ...wanted,
    userSession: ref,
    forceAuthentication: forceAuthentication || needsNewConsent(connection, wanted),
    requestId,
    consentRequestId: id,
  })
}
