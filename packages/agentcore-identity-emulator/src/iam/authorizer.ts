import { AwsError } from '../aws-protocol/errors.ts'
import type { Permission } from '../aws-protocol/operation.ts'
import type { Credential } from '../sigv4/credentials.ts'
import { type Caller, globalKeys } from './global-keys.ts'
import { policiesOf } from './policies-of.ts'
import { type ContextVariables, type Decision, evaluate, explain, type Policies } from './policy/index.ts'

export type Authorization = {
  /** Null: nothing was evaluated. */
  decision: string | null
  denial: AwsError | undefined
}
export type Authorizer = {
  authorize(credential: Credential, permissions: readonly Permission[], caller: Caller): Authorization
}

type Account = {
  wallNow(): number
  accountId: string
  region: string
  tagsOf(resourceArn: string): Readonly<Record<string, string>>
}

export function createAuthorizer(account: Account): Authorizer {
  /** A change of policies replaces the credential, so its new policies are parsed. */
  const parsed = new WeakMap<Credential, Policies>()

  function policies(credential: Credential) {
    const known = parsed.get(credential) ?? policiesOf(credential)
    parsed.set(credential, known)
    return known
  }

  return {
    authorize(credential, permissions, caller) {
      if (credential.policies === undefined) return { decision: null, denial: undefined }
      const global = globalKeys(credential.principalArn, caller, account.wallNow())
      const reasons = new Set<string>()
      for (const { action, resources, conditionKeys = {}, denialPrefix = '' } of permissions) {
        for (const resource of resources) {
          const context = contextVariables(credential, resource, { global, conditionKeys }, account)
          const decision = evaluate(policies(credential), { action, resource, context })
          if (decision.result !== 'Allowed') {
            const { principalArn } = credential
            return {
              decision: `${action} on ${resource}: ${explain(decision)}`,
              denial: accessDenied(denialPrefix, { principalArn, action, resource, decision }),
            }
          }
          reasons.add(explain(decision))
        }
      }
      return { decision: [...reasons].join('; '), denial: undefined }
    },
  }
}

function contextVariables(
  { principalArn }: Credential,
  resource: string,
  { global, conditionKeys }: { global: ContextVariables; conditionKeys: NonNullable<Permission['conditionKeys']> },
  { accountId, region, tagsOf }: Account,
): ContextVariables {
  const tags = Object.entries(tagsOf(resource)).map(([key, value]) => [`aws:ResourceTag/${key}`, value] as const)
  // A call that the service makes does not come from the caller's address.
  const { 'aws:SourceIp': _address, 'aws:UserAgent': _agent, ...ofService } = global
  return {
    ...('aws:CalledVia' in conditionKeys ? ofService : global),
    'aws:PrincipalArn': roleOf(principalArn),
    'aws:PrincipalAccount': accountId,
    'aws:RequestedRegion': region,
    ...Object.fromEntries(tags),
    ...conditionKeys,
  }
}

/** `aws:PrincipalArn` is the role's ARN. A session's ARN does not have the role's path. */
const roleOf = (principalArn: string): string =>
  principalArn.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam::$2:role/$3')

type Denial = {
  principalArn: string
  action: string
  resource: string
  decision: Exclude<Decision, { result: 'Allowed' }>
}

function accessDenied(prefix: string, { principalArn, action, resource, decision }: Denial) {
  return new AwsError(
    'AccessDeniedException',
    `${prefix}User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${because(action, decision)}`,
  )
}

/** IAM User Guide, "Access denied error message examples". */
function because(action: string, decision: Denial['decision']) {
  const article = { 'identity-based policy': 'an', 'permissions boundary': 'a' } as const
  if (decision.result === 'ImplicitlyDenied') return `because no ${decision.missing} allows the ${action} action`
  const { policyType } = decision.statement
  return `with an explicit deny in ${article[policyType]} ${policyType}`
}
