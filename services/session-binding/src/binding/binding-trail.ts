import type { AuthorizationId, PendingAuthorization } from '@agent-identity/contracts'
import type { AuditOf } from '@agent-identity/service-runtime'
import type { Caller } from './binding-checks.ts'
import type { Return } from './returned-parameters.ts'

/** Writes the audit lines of one request: the request's id is already set. */
export type BindingAudit = AuditOf<'binding_intended' | 'bound' | 'binding_refused' | 'binding_unconfirmed' | 'denied'>

/** The result of a completion at AgentCore. With `not-executed` and `unknown` there is no usable answer. */
export interface CompletionAnswer {
  outcome: 'completed' | 'refused' | 'not-executed' | 'unknown'
  awsRequestId?: string | undefined
}

type Refused = Extract<Parameters<BindingAudit>[0], { event: 'binding_refused' }>

/** The audit lines of one return to one authorization; their common fields are already set. */
export function trailOf(
  subject: { id: AuthorizationId; record: PendingAuthorization; returned: Return; caller: Caller },
  audit: BindingAudit,
) {
  const { id, record, returned, caller } = subject
  const authorization = {
    user: caller.user,
    userSession: caller.userSession,
    authorizationId: id,
    correlationId: record.correlationId,
    provider: record.provider,
    scopes: record.scopes.split(' '),
  }

  return {
    refused: (reason: Refused['reason']) =>
      audit({ event: 'binding_refused', ...authorization, sessionUri: returned.sessionUri, reason }),
    denied: () => audit({ event: 'denied', ...authorization }),
    intended: (sessionUri: string) => audit({ event: 'binding_intended', ...authorization, sessionUri }),
    /** The result of the call, written before it is processed: it stays true whatever happens to the record. */
    answered(sessionUri: string, { outcome, awsRequestId }: CompletionAnswer) {
      const consent = { ...authorization, sessionUri }
      if (outcome === 'completed') audit({ event: 'bound', ...consent, awsRequestId })
      else if (outcome === 'refused')
        audit({ event: 'binding_refused', ...consent, reason: 'refused-by-agentcore', awsRequestId })
      else audit({ event: 'binding_unconfirmed', ...authorization, reason: outcome, awsRequestId })
    },
    leftBehind: () => audit({ event: 'binding_unconfirmed', ...authorization, reason: 'left-behind' }),
  }
}

export type BindingTrail = ReturnType<typeof trailOf>
