import type { AuthorizationId, PendingAuthorization } from '@agent-identity/contracts'
import type { AuditOf } from '@agent-identity/service-runtime'
import type { Caller } from './binding-checks.ts'
import type { Return } from './returned-parameters.ts'

/** Of one request: its id is filled in. */
export type BindingAudit = AuditOf<'binding_intended' | 'bound' | 'binding_refused' | 'binding_unconfirmed' | 'denied'>

/** What AgentCore has answered to a completion. */
export interface CompletionAnswer {
  outcome: 'completed' | 'refused' | 'not-executed' | 'unknown'
  awsRequestId?: string | undefined
}

type Refused = Extract<Parameters<BindingAudit>[0], { event: 'binding_refused' }>

/** What is said of one return to one authorization, with all that is the same in it filled in. */
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
  const consent = { ...authorization, sessionUri: returned.sessionUri ?? '' }

  return {
    refused: (reason: Refused['reason']) =>
      audit({ event: 'binding_refused', ...authorization, sessionUri: returned.sessionUri, reason }),
    denied: () => audit({ event: 'denied', ...authorization }),
    intended: () => audit({ event: 'binding_intended', ...consent }),
    /** AgentCore's answer, before anything is made of it: it is true whatever becomes of the record. */
    answered({ outcome, awsRequestId }: CompletionAnswer) {
      if (outcome === 'completed') audit({ event: 'bound', ...consent, awsRequestId })
      else if (outcome === 'refused')
        audit({ event: 'binding_refused', ...consent, reason: 'refused-by-agentcore', awsRequestId })
      else audit({ event: 'binding_unconfirmed', ...authorization, reason: outcome, awsRequestId })
    },
    leftBehind: () => audit({ event: 'binding_unconfirmed', ...authorization, reason: 'left-behind' }),
  }
}

export type BindingTrail = ReturnType<typeof trailOf>
