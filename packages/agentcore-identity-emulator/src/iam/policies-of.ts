import type { Credential } from '../sigv4/credentials.ts'
import { type ParsedPolicy, type Policies, parsePolicy } from './policy/index.ts'

/** @throws Error for an invalid policy */
export function policiesOf(credential: Credential): Policies {
  const { identityPolicies, permissionsBoundary } = parse(credential)
  return {
    identityPolicies: identityPolicies.map(requirePolicy),
    permissionsBoundary: permissionsBoundary && requirePolicy(permissionsBoundary),
  }
}

/** Called before policies apply: an invalid one must not silently deny or allow during a test. */
export function policyProblems(credentials: readonly Credential[]): string[] {
  return credentials.flatMap((credential) => {
    const { identityPolicies, permissionsBoundary } = parse(credential)
    const who = `credentials, ${credential.principalArn}`
    const problems = [...identityPolicies, permissionsBoundary ?? { name: '', problems: [] }].flatMap((one) =>
      one.problems.map((problem) => `${who}, ${one.name}: ${problem}`),
    )
    if (permissionsBoundary !== undefined && credential.policies === undefined)
      problems.push(`${who}, permissionsBoundary: limits policies, and there are none`)
    return problems
  })
}

type Named = ParsedPolicy & { name: string }

function parse({ policies = [], permissionsBoundary }: Credential) {
  const named = (name: string, document: unknown): Named => ({ name, ...parsePolicy(document, name) })
  return {
    identityPolicies: policies.map((document, index) => named(`policies.${index}`, document)),
    permissionsBoundary:
      permissionsBoundary === undefined ? undefined : named('permissionsBoundary', permissionsBoundary),
  }
}

function requirePolicy({ name, policy, problems }: Named) {
  if (policy === undefined) throw new Error(`${name} was not checked: ${problems.join('; ')}`)
  return policy
}
