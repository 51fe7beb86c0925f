import type { Policy } from './parse-policy.ts'
import type { Statement } from './parse-statement.ts'
import { type ContextVariables, type RequestContext, requestContext } from './request-context.ts'

export type PolicyType = 'identity-based policy' | 'permissions boundary'

export type Policies = {
  identityPolicies: readonly Policy[]
  permissionsBoundary?: Policy | undefined
}

export type Request = { action: string; resource: string; context: ContextVariables }

export type StatementName = { policyType: PolicyType; policy: string; index: number; sid?: string }

export type Decision =
  /** The first allowing statement of each required kind of policy. */
  | { result: 'Allowed'; statements: readonly StatementName[] }
  | { result: 'ExplicitlyDenied'; statement: StatementName }
  /** The kind of policy in which no statement allows. */
  | { result: 'ImplicitlyDenied'; missing: PolicyType }

/** Within one account (IAM User Guide, "Policy evaluation logic"). */
export function evaluate({ identityPolicies, permissionsBoundary }: Policies, request: Request): Decision {
  const context = requestContext(request.context)
  const groups: [PolicyType, readonly Policy[]][] = [['identity-based policy', identityPolicies]]
  if (permissionsBoundary !== undefined) groups.push(['permissions boundary', [permissionsBoundary]])

  const found = groups.map(([policyType, policies]) => ({
    policyType,
    denied: firstThatApplies('Deny', policyType, policies, request, context),
    allowed: firstThatApplies('Allow', policyType, policies, request, context),
  }))
  for (const { denied } of found) if (denied) return { result: 'ExplicitlyDenied', statement: denied }
  // The boundary is named first: without its permission the identity's policies have no effect.
  for (const { allowed, policyType } of found.toReversed())
    if (allowed === undefined) return { result: 'ImplicitlyDenied', missing: policyType }
  return { result: 'Allowed', statements: found.flatMap(({ allowed }) => allowed ?? []) }
}

function firstThatApplies(
  effect: Statement['effect'],
  policyType: PolicyType,
  policies: readonly Policy[],
  request: Request,
  context: RequestContext,
): StatementName | undefined {
  for (const { name, statements } of policies) {
    const index = statements.findIndex((one) => one.effect === effect && applies(one, request, context))
    if (index < 0) continue
    const sid = statements[index]?.sid
    return { policyType, policy: name, index, ...(sid ? { sid } : {}) }
  }
  return undefined
}

function applies(statement: Statement, { action, resource }: Request, context: RequestContext) {
  if (!statement.isForAction(action) || !statement.isForResource(resource, context)) return false
  const answers = statement.conditions.map((condition) => condition(context))
  if (answers.includes('not met')) return false
  return statement.effect === 'Deny' || !answers.includes('unknown')
}
