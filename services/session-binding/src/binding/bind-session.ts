import {
  type AuthorizationId,
  type BindingOutcome,
  type IdentityArtifact,
  type ProviderId,
  type StartId,
  type StartStatus,
  type StoredStart,
  startIdOfState,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import { type BindingRefusal, type Caller, checkReturn, hasLeftItsBrowser } from './binding-checks.ts'
import { type BindingAudit, type BindingTrail, type CompletionAnswer, trailOf } from './binding-trail.ts'
import type { Return } from './returned-parameters.ts'

/**
 * Step 9. The order is the defence: first all checks, then the record is consumed, and only then AgentCore is called. A return with the right secrets
 * in the wrong hands ends the authorization: it can never be bound.
 *
 * @param caller absent where no user is signed in
 */
export async function bindSession(
  returned: Return | undefined,
  caller: Caller | undefined,
  ports: BindSessionPorts,
): Promise<BindingResult> {
  const refuse = (reason: BindingRefusal, startId?: StartId) => {
    ports.audit({
      event: 'binding_refused',
      user: caller?.user,
      userSession: caller?.userSession,
      startId,
      sessionUri: returned?.sessionUri,
      reason: caller ? reason : 'not-signed-in',
    })
    return refused(caller ? reason : 'not-signed-in')
  }
  if (!returned) return refuse('malformed')
  const id = startIdOfState(returned.state)
  const record = await ports.starts.read(id)
  if (!record) return refuse('unknown-authorization', id)
  const trail = trailOf({ record, returned, caller }, ports.audit)
  const refusal = checkReturn(record, userSessionRefOf(id), returned, caller)
  if (refusal) {
    trail.refused(refusal)
    // Otherwise who has the authorization could go on with what another person has consented to, where AgentCore takes an authorization URL twice.
    if (record.status === 'pending' && hasLeftItsBrowser(record, returned))
      await ports.starts.recordOutcome(record, 'left-its-browser', trail.leftItsBrowser)
    return { ...refused(refusal), startId: id, authorizationId: record.authorization }
  }

  if (record.status !== 'pending') return shown(id, await outcomeAgain(id, trail, ports))
  if (ports.clock() >= record.expiresAt) {
    trail.refused('expired')
    return shown(id, { ...record, status: 'expired' })
  }
  if (returned.consent !== 'given') {
    const isDenied = returned.consent === 'denied'
    const recorded = await ports.starts.recordOutcome(record, isDenied ? 'denied' : 'refused', () =>
      isDenied ? trail.denied() : trail.refused('consent-failed'),
    )
    if (!recorded.isNew) trail.refused('not-claimed')
    return shown(id, recorded.record)
  }

  const { sessionUri } = returned
  const artifact = ports.starts.openIdentityArtifact(record)
  trail.intended(sessionUri)
  const claimed = await ports.starts.claim(record)
  if (!claimed) {
    trail.refused('not-claimed')
    return shown(id, await outcomeKnown(id, trail, ports))
  }

  const reply = await ports.identity.completeAuthorization({ sessionUri, artifact })
  trail.answered(sessionUri, reply)
  const recorded = await ports.starts.recordOutcome(claimed, END_OF[reply.outcome])
  // When the record was deleted during the call, or a lost claim could not be made again, AgentCore's answer is shown.
  const settled = recorded.record?.status === 'pending' ? undefined : recorded.record
  const result = shown(id, settled ?? { ...claimed, status: STATUS_AFTER[reply.outcome] })
  return {
    ...result,
    outcome: result.outcome === 'already_bound' ? 'bound' : result.outcome,
    awsRequestId: reply.awsRequestId,
  }
}

export interface BindingResult {
  outcome: BindingOutcome
  refusal?: BindingRefusal
  startId?: StartId
  authorizationId?: AuthorizationId
  provider?: ProviderId
  displayName?: string
  awsRequestId?: string | undefined
}

export interface RecordedOutcome {
  /** This call wrote the outcome. */
  isNew: boolean
  /** As it is stored after the call; absent when it is gone. */
  record?: StoredStart | undefined
}

export type BindingEnd = 'bound' | 'denied' | 'refused' | 'unconfirmed' | 'left-its-browser'

export interface BindSessionPorts {
  starts: {
    read(id: StartId): Promise<StoredStart | undefined>
    openIdentityArtifact(record: StoredStart): IdentityArtifact
    /** `pending` to `binding`, only while the user session lives. @returns nothing when it was not claimed. */
    claim(record: StoredStart): Promise<StoredStart | undefined>
    /**
     * Writes the outcome, then notifies the agent workload. It does neither when the record was changed meanwhile, except that AgentCore's
     * answer replaces an `unconfirmed`, and that a lost claim is made again.
     *
     * @param onRecorded called before the notifications, which may fail
     */
    recordOutcome(record: StoredStart, end: BindingEnd, onRecorded?: () => void): Promise<RecordedOutcome>
    /** Waits until the record has left `binding`, up to a limit. @returns the record then. */
    untilOutcome(id: StartId): Promise<StoredStart | undefined>
  }
  identity: {
    completeAuthorization(request: { sessionUri: string; artifact: IdentityArtifact }): Promise<CompletionAnswer>
  }
  audit: BindingAudit
  clock: Clock
}

/** `not-executed` becomes `unconfirmed`, too: the record is consumed, and the workload asks AgentCore for the outcome. */
const END_OF = {
  completed: 'bound',
  refused: 'refused',
  'not-executed': 'unconfirmed',
  unknown: 'unconfirmed',
} as const satisfies Record<string, BindingEnd>

const STATUS_AFTER = {
  completed: 'bound',
  refused: 'failed',
  'not-executed': 'unconfirmed',
  unknown: 'unconfirmed',
} as const satisfies Record<keyof typeof END_OF, StartStatus>

const refused = (refusal: BindingRefusal): BindingResult => ({
  outcome: refusal === 'not-signed-in' ? 'not_signed_in' : 'not_recognized',
  refusal,
})

/** Waits while an earlier return is `binding`; records `unconfirmed` if that return's time is over. */
async function outcomeKnown(
  id: StartId,
  trail: BindingTrail,
  ports: BindSessionPorts,
): Promise<StoredStart | undefined> {
  const now = await ports.starts.untilOutcome(id)
  const abandoned = now?.status === 'binding' && ports.clock() >= (now.bindingEndsAt ?? 0)
  if (!abandoned) return now
  return (await ports.starts.recordOutcome(now, 'unconfirmed', trail.leftBehind)).record
}

async function outcomeAgain(
  id: StartId,
  trail: BindingTrail,
  ports: BindSessionPorts,
): Promise<StoredStart | undefined> {
  const now = await outcomeKnown(id, trail, ports)
  if (!now || ['failed', 'cancelled', 'expired'].includes(now.status)) trail.refused('settled')
  return now
}

function shown(startId: StartId, record: StoredStart | undefined): BindingResult {
  // Most likely deleted because the user session has ended.
  if (!record) return { startId, outcome: 'not_signed_in' }
  const outcomes = {
    bound: 'already_bound',
    failed: record.failure === 'denied' ? 'denied' : 'not_recognized',
    expired: 'expired',
    cancelled: 'expired',
    unconfirmed: 'try_again',
    binding: 'try_again',
    // This return could not change the record: most likely the user session has ended.
    pending: 'not_signed_in',
  } as const satisfies Record<StartStatus, BindingOutcome>
  const { authorization: authorizationId, provider, displayName, status } = record
  return { startId, authorizationId, provider, displayName, outcome: outcomes[status] }
}
