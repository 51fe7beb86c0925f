import { type ContextVariables, evaluate, requirePolicies } from 'agentcore-identity-emulator/iam'
import type { JsonObject } from '../json.ts'

export type RequestContext = ContextVariables

export interface Request {
  action: string
  /** IAM evaluates each of them; one refusal refuses the call. */
  resources: readonly string[]
  context?: RequestContext
}

/** IAM's decision about a call by a role with these policies, as the emulator evaluates them. */
export function isAllowed(policies: readonly JsonObject[], { action, resources, context }: Request): boolean {
  return resources.every((resource) => allows(policies, action, resource, context))
}

/** As if the resource were in the role's account: the refusal by another account's policy would hide what ours allows. */
export function allows(
  policies: readonly JsonObject[],
  action: string,
  resource: string,
  context: RequestContext = {},
): boolean {
  return evaluate({ identityPolicies: requirePolicies(policies) }, { action, resource, context }).result === 'Allowed'
}
