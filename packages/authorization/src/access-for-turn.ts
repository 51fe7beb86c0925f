import {
  type AuthorizationId,
  type ConnectionRef,
  type ProviderId,
  scopesInWords,
  scopesOfCall,
  scopesToAsk,
  splitScopes,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import type { AccessForTurnPorts, AskingTurn } from './access-for-turn-ports.ts'
import { needsNoConsent } from './access-without-consent.ts'
import { accountOfTurn } from './account-of-turn.ts'
import type { AskedFor } from './asked-for.ts'
import { type Asking, askedFor, type Waiting } from './asking-of-turn.ts'
import { authorizationRequired } from './authorization-required.ts'
import { nameOf as accountName } from './connections/account.ts'
import { isStill, needsNewConsent, stateOf } from './connections/connection-state.ts'
import { declinedCode } from './declined-code.ts'
import { disconnectedWhileAsked, whileHeld } from './disconnected-while-asked.ts'
import { requestName, startingOver } from './request-name.ts'
import type { ResourceAccess, ResourceAccessOutcome, TokenWanted } from './resource-access.ts'
import { createTokensOfRun } from './tokens-of-run.ts'

/** Step 4 for one run of a turn. A resumed turn runs its tool again: what it has asked for is in the turn's memory. */
export function accessForTurn(turn: AskingTurn, ports: AccessForTurnPorts): ResourceAccess {
  const tokens = createTokensOfRun()
  let unanswered = 0

  async function tokenFor(
    provider: ProviderId,
    needed: readonly string[],
    { rejected: refused, connection: wanted }: TokenWanted = {},
  ): Promise<ResourceAccessOutcome> {
    const offered = ports.offered.get(provider)
    if (!offered) return { outcome: 'not-offered' }
    // A run may last for minutes: a cached token must not outlive the user session.
    if (!(await ports.isSignedIn(turn.userSession))) return { outcome: 'signed-out' }
    if (needsNoConsent(offered))
      return ports.accessWithoutConsent(turn, offered, scopesToAsk(offered, needed), refused && 'rejected')
    if (wanted && (wanted.user !== turn.user || wanted.provider !== provider)) return { outcome: 'unknown-account' }
    const ref = wanted ?? (await accountOfTurn(turn.user, provider, ports))?.ref
    if (!ref) return { outcome: 'unknown-account' }
    const connection = await ports.connections.find(ref)
    // The record has the account's name. A request without the name could lead to another account.
    if (!connection && ref.named) return { outcome: 'unknown-account' }
    const areOutdated = tokens.areOutdated(ref, connection)
    // What the vendor has rejected is a token of an earlier connection.
    const rejected = areOutdated ? undefined : refused
    const { scopes, lacking, isForLess } = scopesOfCall(offered, connection, needed)
    // All that the call needs was granted: another consent would not help.
    if (rejected === 'scope-missing' && connection?.granted !== undefined && lacking.length === 0)
      return { outcome: 'missing-scopes', missing: [] }
    // The request's name has the generation: a consent from before a disconnection must not answer a request from after it.
    const generation = connection?.generation ?? 0
    const plain = requestName(ref, scopes, generation)
    const startOver = startingOver(plain)
    const request = rejected || isForLess ? startOver : plain

    const known = areOutdated ? undefined : tokens.find(request)
    if (known) return { outcome: 'token', accessToken: known }

    const asking = { ref, offered, needed, scopes, request, connection }
    const remember = (outcome: ResourceAccessOutcome) => {
      if (outcome.outcome !== 'token') return outcome
      const isKnown = tokens.connectionOf(outcome.accessToken) !== undefined
      tokens.keep(outcome.accessToken, request, ref, connection)
      // The last consent may have been settled while AgentCore was asked: then the rejected token is of that consent.
      return isKnown && refused && areOutdated
        ? tokenFor(provider, needed, { rejected: refused, connection: ref })
        : outcome
    }
    const answered = await disconnectedWhileAsked(asking, ports.asked.find, endOf)
    if (answered) return answered
    const before = (await ports.asked.find(request)) ?? (await ports.asked.find(startOver))
    if (before) {
      const end = await endOf(before)
      if (end.outcome !== 'ask') return end
      // What was granted is known once the consent is settled.
      if (isForLess && (await ports.authorizations.read(before))?.status === 'bound') {
        const waiting = await wait(before, asking, 'settled')
        if (waiting) return waiting
        const now = await ports.connections.find(ref)
        if ((now?.generation ?? 0) !== generation) return tokenFor(provider, needed, { rejected, connection: ref })
        const left = scopesOfCall(offered, now, needed, scopes)
        if (left.isForLess) return { outcome: 'missing-scopes', missing: scopesInWords(offered, left.lacking) }
      }
      // Without `startOver`, which would clear a token that the user has just consented to.
      return remember(await ask(asking, { before }))
    }
    const undecided = await whileUndecided(asking)
    if (undecided) return undecided
    if (rejected) await ports.connections.needsReauthorization(ref)
    else {
      const active = await ports.authorizations.findActive(turn.userSession, askedFor(asking))
      if (active) {
        const waiting = await wait(active, asking)
        if (waiting) return waiting
      }
    }
    return remember(await ask(asking, { startOver: rejected !== undefined }))
  }

  /**
   * With `wrong_account`: the turn waits for a new consent that is open, or until `heldUntil` for its user's decision about an account that came in
   * its own user session.
   */
  async function whileUndecided(asking: Asking): Promise<ResourceAccessOutcome | undefined> {
    const { ref, connection, scopes, request } = asking
    if (connection?.status !== 'wrong_account') return undefined
    const again = await ports.authorizations.findActive(turn.userSession, askedFor(asking))
    if (again) return wait(again, asking)
    const { boundBy, heldUntil = 0 } = connection
    if (!boundBy) return undefined
    const held = whileHeld(request)
    if (ports.clock() < heldUntil && userSessionRefOf(boundBy) === turn.userSession) {
      const waiting = await wait(boundBy, { request: held, connection }, 'settled')
      // Settling the authorization again tells this turn, too, what its user is asked.
      if (waiting) await ports.lookAgain(boundBy)
      // Undefined when the authorization was released or is gone: nothing would tell this turn the decision.
      return waiting
    }
    const asked = [held, requestName(ref, scopes, connection.generation - 1)]
    for (const name of [...asked, ...asked.map(startingOver)])
      if ((await ports.asked.find(name)) === boundBy) return { outcome: 'declined', code: 'wrong_account' }
    return undefined
  }

  async function endOf(id: AuthorizationId): Promise<ResourceAccessOutcome | { outcome: 'ask' }> {
    const status = await ports.authorizations.join(id, turn.waiter)
    if (status === 'waiting') return { outcome: 'authorization-required', authorizationId: id }
    if (status === 'bound' || status === 'unconfirmed') return { outcome: 'ask' }
    if (status !== 'failed') return { outcome: 'declined', code: declinedCode(status) }
    const failure = (await ports.authorizations.read(id))?.failure
    // Without a `failure` no refusal was seen: AgentCore may have a token by now.
    return failure === undefined ? { outcome: 'ask' } : { outcome: 'declined', code: declinedCode(failure) }
  }

  async function ask(
    asking: Asking,
    { startOver = false, before }: { startOver?: boolean; before?: AuthorizationId },
  ): Promise<ResourceAccessOutcome> {
    if (unanswered >= UNANSWERED_PER_RUN) return { outcome: 'unavailable' }
    const { ref, offered, needed, scopes, request } = asking
    let { connection } = asking
    const isNotToBeUsed = () =>
      needsNewConsent(connection, askedFor({ ...asking, connection })) ||
      scopesOfCall(offered, connection, needed, scopes).isForLess
    if (startOver || isNotToBeUsed()) {
      // Starting over would clear a token that the user may have consented to a moment ago.
      const active = await ports.authorizations.findActive(turn.userSession, askedFor(asking))
      const waiting =
        (active && (await wait(active, asking, 'settled'))) ??
        (connection ? undefined : await whileUnchecked(askedFor(asking), asking))
      if (waiting) return waiting
      connection = await ports.connections.find(ref)
    }
    const waited = before && (await ports.authorizations.read(before))
    const after = before && waited && { authorizationId: before, correlationId: waited.correlationId }
    const asked = askedFor({ ...asking, connection })
    const isUnusable = isNotToBeUsed()
    const forceAuthentication = startOver || isUnusable
    const { waiter: _, ...asker } = turn
    const access = { ...asker, ...asked, ...stateOf(connection) }
    const reply = await ports.requestAccess({ ...access, forceAuthentication, after })
    if (reply.outcome === 'too-many') return { outcome: 'declined', code: 'failed' }
    if (reply.outcome === 'unavailable') unanswered += 1
    if (reply.outcome === 'token') return (await whileUnchecked(asked, { request, connection })) ?? reply
    if (reply.outcome !== 'authorization-required') return reply
    if (!forceAuthentication) await rememberLoss(ref, asked.scopes)
    // Otherwise the user would be asked for one consent after another.
    if (waited?.status === 'bound') return { outcome: 'declined', code: 'failed' }
    const waiting = await wait(reply.authorizationId, { request, connection })
    if (waiting) return waiting
    if (isUnusable) return { outcome: 'unavailable' }
    const token = await ports.requestAccess(access)
    if (token.outcome !== 'token') return { outcome: 'unavailable' }
    return (await whileUnchecked(asked, { request, connection })) ?? token
  }

  /**
   * The vault's token may be of a consent that was bound a moment ago, and whose account is still to be compared. A caller that has a token has read
   * it before this call: a consent that is bound later does not matter.
   */
  async function whileUnchecked(asked: AskedFor, asking: Waiting): Promise<ResourceAccessOutcome | undefined> {
    let before: AuthorizationId | undefined
    for (;;) {
      const id = await ports.authorizations.findUnchecked(asked)
      // If a consent that was settled meanwhile brought a wrong account, the generation has changed: `whileConnected` lets no call begin.
      if (!id) return undefined
      if (id === before || userSessionRefOf(id) !== turn.userSession) return { outcome: 'unavailable' }
      const waiting = await wait(id, asking, 'settled')
      if (waiting) return waiting
      before = id
    }
  }

  /** The vault has no token for scopes that the connection was asked for with. */
  async function rememberLoss(ref: ConnectionRef, scopes: readonly string[]): Promise<void> {
    const record = await ports.connections.find(ref)
    const granted = splitScopes(record?.scopes)
    if (record?.status === 'connected' && scopes.every((scope) => granted.includes(scope)))
      await ports.connections.needsReauthorization(ref)
  }

  /** @returns undefined when there is nothing to wait for */
  async function wait(
    id: AuthorizationId,
    { request, connection }: Waiting,
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

  const needsConsent = (provider: ProviderId) => {
    const offered = ports.offered.get(provider)
    return offered !== undefined && !needsNoConsent(offered)
  }

  return {
    tokenFor,
    accountsAt: async (provider) => (needsConsent(provider) ? ports.accounts.namesOf(turn.user, provider) : undefined),
    async connectionFor(provider, name) {
      if (!needsConsent(provider)) return undefined
      const chosen = await accountOfTurn(turn.user, provider, ports, name)
      if (!chosen) return 'unknown'
      const { ref, record } = chosen
      return { ref, name: record && accountName(record), account: record?.account }
    },
    async whileConnected({ provider, accessToken, does }, call) {
      const offered = ports.offered.get(provider)
      // Without consent there is no connection that the user could end.
      if (offered && needsNoConsent(offered)) return call(NEVER_ABORTED)
      const of = tokens.connectionOf(accessToken)
      if (of?.ref.provider !== provider) throw new DisconnectedError()
      return ports.calls.during(of.ref, call, isStill(of.generation), { does })
    },
  }
}

const NEVER_ABORTED = new AbortController().signal

/** A model that retries must not keep AgentCore busy. */
const UNANSWERED_PER_RUN = 3
