import { AwsError } from '../aws-protocol/errors.ts'
import type { Permission } from '../aws-protocol/operation.ts'
import type { Credential } from '../sigv4/credentials.ts'
import { type Question, simulate } from './simulator.ts'

export type Authorizer = { authorize(credential: Credential, permissions: readonly Permission[]): Promise<void> }

type Account = { accountId: string; region: string; tagsOf(resourceArn: string): Readonly<Record<string, string>> }

/** The context holds no time, so the same question has the same answer, and asking takes 2 ms. */
const MAX_DECISIONS = 10_000

/**
 * IAM for principals that have policies: every action on every resource it needs, or AccessDeniedException in IAM's
 * words. A principal without `policies` may do everything; with an empty list, nothing.
 */
export function createAuthorizer(account: Account): Authorizer {
  /** Other policies are another credential. */
  const decided = new WeakMap<Credential, Map<string, string>>()

  async function decide(credential: Credential, question: Question) {
    const decisions = decided.get(credential) ?? new Map<string, string>()
    decided.set(credential, decisions)
    const key = JSON.stringify(question)
    const decision = decisions.get(key) ?? (await evaluate(credential, question))
    if (decisions.size >= MAX_DECISIONS) decisions.clear()
    decisions.set(key, decision)
    return decision
  }

  return {
    async authorize(credential, permissions) {
      if (credential.policies === undefined) return
      for (const { action, resources, conditionKeys = {}, denialPrefix = '' } of permissions) {
        for (const resource of resources) {
          const contextVariables = requestContext(credential, resource, conditionKeys, account)
          const decision = await decide(credential, {
            action,
            resource,
            accountId: account.accountId,
            contextVariables,
          })
          if (decision !== 'Allowed')
            throw accessDenied(denialPrefix, { principalArn: credential.principalArn, action, resource, decision })
        }
      }
    },
  }
}

/** What cannot be evaluated is denied. */
async function evaluate(credential: Credential, question: Question) {
  const result = await simulate(credential, question)
  return result.resultType === 'single' ? result.overallResult : 'ImplicitlyDenied'
}

function requestContext(
  { principalArn }: Credential,
  resource: string,
  conditionKeys: NonNullable<Permission['conditionKeys']>,
  { accountId, region, tagsOf }: Account,
) {
  const context: Record<string, string | string[]> = {
    'aws:PrincipalArn': principalArn,
    'aws:PrincipalAccount': accountId,
    'aws:RequestedRegion': region,
  }
  for (const [key, value] of Object.entries(tagsOf(resource))) context[`aws:ResourceTag/${key}`] = value
  for (const [key, value] of Object.entries(conditionKeys))
    context[key] = typeof value === 'string' ? value : [...value]
  return context
}

type Denial = { principalArn: string; action: string; resource: string; decision: string }

function accessDenied(prefix: string, { principalArn, action, resource, decision }: Denial) {
  const because =
    decision === 'ExplicitlyDenied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`
  return new AwsError(
    'AccessDeniedException',
    `${prefix}User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  )
}
