import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { JsonObject } from '../json.ts'
import { EXAMPLE } from '../synthesized-services.ts'

export type RequestContext = Readonly<Record<string, string | string[]>>

export interface Request {
  action: string
  /** IAM asks for each of them; one refusal refuses the call. */
  resources: readonly string[]
  context?: RequestContext
}

/** What IAM says to one call by a role with these policies and no others. */
export async function isAllowed(
  policies: readonly JsonObject[],
  { action, resources, context }: Request,
): Promise<boolean> {
  for (const resource of resources) if (!(await allows(policies, action, resource, context))) return false
  return true
}

export async function allows(
  policies: readonly JsonObject[],
  action: string,
  resource: string,
  context: RequestContext = {},
): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${EXAMPLE.accountId}:assumed-role/task/0123456789abcdef`,
        action,
        // The owner of the resource is us in every question: another account's own policy might allow what ours must not.
        resource: { resource, accountId: EXAMPLE.accountId },
        contextVariables: context as Record<string, string | string[]>,
      },
      identityPolicies: policies.map((policy, index) => ({ name: String(index), policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`)
  return result.overallResult === 'Allowed'
}
