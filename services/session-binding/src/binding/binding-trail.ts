import { type AuthorizationId, type PendingAuthorization, splitScopes } from '@agent-identity/contracts'
import type { AuditOf } from '@agent-identity/service-runtime'
import type { Caller } from './binding-checks.ts'
import type { Return } from './returned-parameters.ts'

export type BindingAudit = AuditOf<'binding_intended' | 'bound' | 'binding_refused' | 'binding_unconfirmed' | 'denied'>

export interface CompletionAnswer {
  outcome: 'completed' | 'refused' | 'not-executed' | 'unknown'
  awsRequestId?: string | undefined
}

type Refused = Extract<Parameters<BindingAudit>[0], { event: 'binding_refused' }>

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
    scopes: splitScopes(record.scopes),
  }

  return {
    refused: (reason: Refused['reason']) =>
      audit({ event: 'binding_refused', ...authorization, sessionUri: returned.sessionUri, reason }),
    denied: () => audit({ event: 'denied', ...authorization }),
    intended: (sessionUri: string) => audit({ event: 'binding_intended', ...authorization, sessionUri }),
    /** To be called before the outcome is recorded: then AgentCore's answer is in the trail even if Redis fails. */
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
