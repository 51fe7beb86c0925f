import type { Arns } from '../arns.ts'
import type { Credential } from '../sigv4/credentials.ts'
import { simulate } from './simulator.ts'

/** A policy IAM would not take must not turn into a silent deny in the middle of somebody's test. */
export async function policyProblems(credentials: readonly Credential[], arns: Arns, accountId: string) {
  const problems: string[] = []
  for (const credential of credentials) {
    if (!credential.policies?.length) continue
    const question = {
      action: 'bedrock-agentcore:GetTokenVault',
      resource: arns.tokenVault,
      accountId,
      contextVariables: {},
    }
    const result = await simulate(credential, question)
    if (result.resultType !== 'error') continue
    const byPolicy = Object.entries(
      result.errors.identityPolicyErrors ?? { policies: [{ message: result.errors.message }] },
    )
    for (const [name, errors] of byPolicy) {
      for (const { message } of errors) problems.push(`credentials, ${credential.principalArn}, ${name}: ${message}`)
    }
  }
  return problems
}
