import {
  type AuthorizationId,
  type AuthorizationRequired,
  type ConnectionRecord,
  type OfferedProvider,
  type OfferedProviders,
  type PendingAuthorization,
  type ProviderId,
  scopesInWords,
  scopesOfCall,
  scopesToAsk,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  type WaiterId,
} from '@agent-identity/contracts'
import { needsNoConsent, type WithoutConsent, type WithoutConsentAccess } from './access-without-consent.ts'
import { authorizationRequired } from './authorization-required.ts'
import type { ConnectionCalls } from './connections/connection-calls.ts'
import { isStill, needsNewConsent, stateOf } from './connections/connection-state.ts'
import { declinedCode } from './declined-code.ts'
import type { Joined } from './pending-authorization-scripts.ts'
import type { AccessOutcome, AccessRequest } from './request-authorization.ts'
import { requestName, startingOver } from './request-name.ts'
import type { Rejected, ResourceAccess, ResourceAccessOutcome } from './resource-access.ts'

export interface AccessForTurnPorts {
  offered: OfferedProviders
  /** Read now, not at the start of the run. */
  isSignedIn(ref: UserSessionRef): Promise<boolean>
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  /** For providers without consent. */
  accessWithoutConsent(
    turn: Pick<AccessRequest, 'userSession' | 'user' | 'requestId'> & { turnId: TurnId },
    provider: WithoutConsent,
    scopes: readonly string[],
    rejected?: 'rejected',
  ): Promise<WithoutConsentAccess>
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    findActive(
      ref: UserSessionRef,
      owner: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      generation: number,
    ): Promise<AuthorizationId | undefined>
    join(id: AuthorizationId, waiter: WaiterId, until?: 'settled'): Promise<Joined>
  }
  connections: {
    find(user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined>
    needsReauthorization(user: UserRef, provider: ProviderId): Promise<void>
  }
  calls: Pick<ConnectionCalls, 'during'>
  /** The authorizations that this turn has requested so far. */
  asked: {
    find(request: string): Promise<AuthorizationId | undefined>
    /** Stores it and notifies the browser, in one step; a second call does nothing. */
    announce(request: string, event: AuthorizationRequired): Promise<void>
  }
}

export interface AskingTurn {
  /** Its name as one that waits for an authorization. */
  waiter: WaiterId
  /** For the audit trail. */
  turnId: TurnId
  userSession: UserSessionRef
  user: UserRef
  requestId: string
}

/**
 * Step 4 for one run of one turn. A tool runs again from its start after every interrupt, its own or another's, and must then find its earlier
 * request: first in the turn's own memory, then among the pending authorizations of the user session, and only then at AgentCore.
 */
export function accessForTurn(turn: AskingTurn, ports: AccessForTurnPorts): ResourceAccess {
  const tokens = new Map<string, string>()
  /** Of the connection, when a token was asked for: once its user has disconnected and connected again, it is another one. */
  const generations = new Map<string, number>()
  let unanswered = 0

  async function tokenFor(
    provider: ProviderId,
    needed: readonly string[],
    rejected?: Rejected,
  ): Promise<ResourceAccessOutcome> {
    const offered = ports.offered.get(provider)
    if (!offered) return { outcome: 'not-offered' }
    // Checked at every request: a run may last for minutes, and a cached token must not outlive the user session.
    if (!(await ports.isSignedIn(turn.userSession))) return { outcome: 'signed-out' }
    if (needsNoConsent(offered))
      return ports.accessWithoutConsent(turn, offered, scopesToAsk(offered, needed), rejected && 'rejected')
    const connection = await ports.connections.find(turn.user, provider)
    const { scopes, lacking, isForLess } = scopesOfCall(offered, connection, needed)
    // The vendor has said what was granted, and that is all that was asked for: another consent would not help.
    if (rejected === 'scope-missing' && connection?.granted !== undefined && lacking.length === 0)
      return { outcome: 'missing-scopes', missing: [] }
    // What was asked for before its user disconnected is no answer to what is asked for after it.
    const generation = connection?.generation ?? 0
    const plain = requestName(provider, scopes, generation)
    const startOver = startingOver(plain)
    const request = rejected || isForLess ? startOver : plain

    const known = tokens.get(request)
    if (known) return { outcome: 'token', accessToken: known }

    // The user disconnected while they were asked, maybe for more than is granted now: that was the answer.
    for (const before of generation > 0 ? [scopes.join(' '), ...(connection?.ended ?? [])] : []) {
      if (!needed.every((scope) => before.split(' ').includes(scope))) continue
      const name = requestName(provider, before.split(' '), generation - 1)
      const askedBefore = (await ports.asked.find(name)) ?? (await ports.asked.find(startingOver(name)))
      const answered = askedBefore && (await endOf(askedBefore))
      if (answered && answered.outcome === 'declined') return answered
    }

    const asking = { offered, needed, scopes, request, connection }
    // If the turn has started over already, the outcome of that is also the answer to a plain request.
    const before = (await ports.asked.find(request)) ?? (await ports.asked.find(startOver))
    if (before) {
      const end = await endOf(before)
      if (end.outcome !== 'ask') return end
      // They were asked for the rest in this turn, and have left it out again.
      if (isForLess && (await ports.authorizations.read(before))?.status === 'bound')
        return { outcome: 'missing-scopes', missing: scopesInWords(offered, lacking) }
      // The user consented to starting over, so the vault has the new token.
      return remember(asking, await ask(asking, { before }))
    }
    if (rejected) await ports.connections.needsReauthorization(turn.user, provider)
    else {
      const { userSession, user } = turn
      const active = await ports.authorizations.findActive(userSession, user, provider, scopes, generation)
      if (active) {
        const waiting = await wait(active, asking)
        if (waiting) return waiting
      }
    }
    return remember(asking, await ask(asking, { startOver: rejected !== undefined }))
  }

  async function endOf(id: AuthorizationId): Promise<ResourceAccessOutcome | { outcome: 'ask' }> {
    const status = await ports.authorizations.join(id, turn.waiter)
    if (status === 'waiting') return { outcome: 'authorization-required', authorizationId: id }
    if (status === 'bound' || status === 'unconfirmed') return { outcome: 'ask' }
    if (status !== 'failed') return { outcome: 'declined', code: declinedCode(status) }
    const failure = (await ports.authorizations.read(id))?.failure
    // Without a denial: it was never confirmed.
    return failure === undefined ? { outcome: 'ask' } : { outcome: 'declined', code: declinedCode(failure) }
  }

  async function ask(
    asking: Asking,
    how: { startOver?: boolean; before?: AuthorizationId },
  ): Promise<ResourceAccessOutcome> {
    if (unanswered >= UNANSWERED_PER_RUN) return { outcome: 'unavailable' }
    const { offered, needed, scopes, request } = asking
    const { id: provider } = offered
    let { connection } = asking
    const isNotToBeUsed = () =>
      needsNewConsent(connection, scopes) || scopesOfCall(offered, connection, needed, scopes).isForLess
    if (how.startOver || isNotToBeUsed()) {
      const { userSession, user } = turn
      const generation = connection?.generation ?? 0
      // AgentCore clears what it has when a request starts over: also what the user has consented to a moment ago.
      const active = await ports.authorizations.findActive(userSession, user, provider, scopes, generation)
      const waiting = active && (await wait(active, asking, 'settled'))
      if (waiting) return waiting
      // Settled since it was read: then it is connected.
      connection = await ports.connections.find(user, provider)
    }
    const { before } = how
    const waited = before && (await ports.authorizations.read(before))
    const after = before && waited && { authorizationId: before, correlationId: waited.correlationId }
    const isEnded = isNotToBeUsed()
    const forceAuthentication = how.startOver === true || isEnded
    const { waiter: _, ...asker } = turn
    const access = { ...asker, provider, scopes, ...(connection && { connection: stateOf(connection) }) }
    const reply = await ports.requestAccess({ ...access, forceAuthentication, after })
    if (reply.outcome === 'too-many') return { outcome: 'declined', code: 'failed' }
    if (reply.outcome === 'unavailable') unanswered += 1
    if (reply.outcome !== 'authorization-required') return reply
    if (!forceAuthentication) await rememberLoss(provider, scopes)
    // A bound consent that still yields no token would otherwise be requested without end.
    if (waited?.status === 'bound') return { outcome: 'declined', code: 'failed' }
    const waiting = await wait(reply.authorizationId, { request, connection })
    if (waiting) return waiting
    // Another turn's authorization for the same was settled between two checks; its outcome is read next.
    if (isEnded) return { outcome: 'unavailable' }
    const token = await ports.requestAccess(access)
    return token.outcome === 'token' ? token : { outcome: 'unavailable' }
  }

  /** A connection with exactly these scopes needs a new consent: the vault has lost its token, most likely by a failed refresh. */
  async function rememberLoss(provider: ProviderId, scopes: readonly string[]): Promise<void> {
    const record = await ports.connections.find(turn.user, provider)
    const granted = record?.scopes.split(' ') ?? []
    if (record?.status === 'connected' && scopes.every((scope) => granted.includes(scope)))
      await ports.connections.needsReauthorization(turn.user, provider)
  }

  /** @returns nothing when the authorization was just settled. */
  async function wait(
    id: AuthorizationId,
    { request, connection }: Pick<Asking, 'request' | 'connection'>,
    until?: 'settled',
  ): Promise<ResourceAccessOutcome | undefined> {
    if ((await ports.authorizations.join(id, turn.waiter, until)) !== 'waiting') return undefined
    const record = await ports.authorizations.read(id)
    if (!record) return undefined
    await ports.asked.announce(
      request,
      authorizationRequired(id, record, ports.offered.get(record.provider), connection),
    )
    return { outcome: 'authorization-required', authorizationId: id }
  }

  function remember({ request, connection }: Asking, outcome: ResourceAccessOutcome): ResourceAccessOutcome {
    if (outcome.outcome !== 'token') return outcome
    tokens.set(request, outcome.accessToken)
    generations.set(outcome.accessToken, connection?.generation ?? 0)
    return outcome
  }

  return {
    tokenFor,
    async whileConnected({ provider, accessToken, does }, call) {
      const offered = ports.offered.get(provider)
      // Without consent there is no connection: nothing that the user could end.
      if (offered && needsNoConsent(offered)) return call(NEVER_ABORTED)
      return ports.calls.during(turn.user, provider, call, isStill(generations.get(accessToken)), { does })
    },
  }
}

const NEVER_ABORTED = new AbortController().signal

interface Asking {
  offered: OfferedProvider
  /** The scopes of the call. */
  needed: readonly string[]
  /** The scopes of the request. */
  scopes: readonly string[]
  /** Its name in the turn's memory. */
  request: string
  connection: ConnectionRecord | undefined
}

/** Each is already three attempts of the SDK: a model that retries must not keep a throttled AgentCore busy. */
const UNANSWERED_PER_RUN = 3
