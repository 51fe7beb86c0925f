import {
  type ContextEntry,
  type EvaluationResult,
  type IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam'

/** The call is allowed only if it is allowed on every resource. */
export interface SimulatedCall {
  action: string
  resources: readonly string[]
  /** The condition keys that the simulation sets. */
  context: Readonly<Record<string, string | readonly string[]>>
}

export interface Decision {
  isAllowed: boolean
  /** Resources on which the call is not allowed. */
  refused: readonly string[]
  /** A service control policy refuses the call. */
  byOrganization: boolean
}

/** The call is not made, and the resources need not exist. */
export async function simulateCall(iam: IAMClient, roleArn: string, call: SimulatedCall): Promise<Decision> {
  const results: EvaluationResult[] = []
  const input = {
    PolicySourceArn: roleArn,
    ActionNames: [call.action],
    ResourceArns: [...call.resources],
    ContextEntries: Object.entries(call.context).map(contextEntry),
  }
  for await (const page of paginateSimulatePrincipalPolicy({ client: iam }, input))
    results.push(...(page.EvaluationResults ?? []))
  // Without a result, a resource is not allowed.
  const refused = call.resources.filter((resource) => !isAllowedOn(resource, results))
  return {
    isAllowed: refused.length === 0,
    refused,
    byOrganization: results.some((result) => result.OrganizationsDecisionDetail?.AllowedByOrganizations === false),
  }
}

/** IAM returns the results for resources separately, or within one result. */
function isAllowedOn(resource: string, results: readonly EvaluationResult[]): boolean {
  const decisions = results.flatMap((result) => {
    const specific = result.ResourceSpecificResults ?? []
    return specific.length > 0
      ? specific.map((one) => ({ resource: one.EvalResourceName, decision: one.EvalResourceDecision }))
      : [{ resource: result.EvalResourceName, decision: result.EvalDecision }]
  })
  const of = decisions.filter((one) => one.resource === resource)
  return of.length > 0 && of.every((one) => one.decision === 'allowed')
}

function contextEntry([ContextKeyName, value]: [string, string | readonly string[]]): ContextEntry {
  return typeof value === 'string'
    ? { ContextKeyName, ContextKeyType: 'string', ContextKeyValues: [value] }
    : { ContextKeyName, ContextKeyType: 'stringList', ContextKeyValues: [...value] }
}
