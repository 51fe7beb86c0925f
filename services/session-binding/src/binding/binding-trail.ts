import { type StoredStart, splitScopes } from '@agent-identity/contracts'
import type { AuditOf } from '@agent-identity/service-runtime'
import type { Caller } from './binding-checks.ts'
import type { Return } from './returned-parameters.ts'

export type BindingAudit = AuditOf<
  'binding_intended' | 'bound' | 'binding_refused' | 'binding_unconfirmed' | 'denied' | 'left_its_browser'
>

export interface CompletionAnswer {
  outcome: 'completed' | 'refused' | 'not-executed' | 'unknown'
  awsRequestId?: string | undefined
}

type Refused = Extract<Parameters<BindingAudit>[0], { event: 'binding_refused' }>

export function trailOf(
  subject: { record: StoredStart; returned: Return; caller: Caller | undefined },
  audit: BindingAudit,
) {
  const { record, returned, caller } = subject
  const { sessionUri: returnedUri } = returned
  const start = {
    startId: record.id,
    authorizationId: record.authorization,
    correlationId: record.correlationId,
    provider: record.provider,
    scopes: splitScopes(record.entry.scopes),
  }
  const who = caller && { user: caller.user, userSession: caller.userSession }
  const byCaller = () => {
    if (!who) throw new Error('No user is signed in there')
    return { ...who, ...start }
  }

  return {
    refused: (reason: Refused['reason']) =>
      audit({ event: 'binding_refused', ...who, ...start, sessionUri: returnedUri, reason }),
    /** Names no user: it is not known who has given the return away. */
    leftItsBrowser: () => audit({ event: 'left_its_browser', ...start }),
    denied: () => audit({ event: 'denied', ...byCaller() }),
    intended: (sessionUri: string) => audit({ event: 'binding_intended', ...byCaller(), sessionUri }),
    /** To be called before the outcome is recorded: then AgentCore's answer is in the trail even if Redis fails. */
    answered(sessionUri: string, { outcome, awsRequestId }: CompletionAnswer) {
      const consent = { ...byCaller(), sessionUri }
      if (outcome === 'completed') audit({ event: 'bound', ...consent, awsRequestId })
      else if (outcome === 'refused')
        audit({ event: 'binding_refused', ...consent, reason: 'refused-by-agentcore', awsRequestId })
      else audit({ event: 'binding_unconfirmed', ...byCaller(), reason: outcome, awsRequestId })
    },
    leftBehind: () => audit({ event: 'binding_unconfirmed', ...byCaller(), reason: 'left-behind' }),
  }
}

export type BindingTrail = ReturnType<typeof trailOf>
