import type { RunSimulationResults } from '@cloud-copilot/iam-simulate'
import { ConfigurationError } from '../options.ts'
import type { Credential } from '../sigv4/credentials.ts'

export type Question = {
  action: string
  resource: string
  accountId: string
  contextVariables: Record<string, string | string[]>
}

/** What IAM says to one action on one resource, by the policies of this credential. */
export async function simulate(credential: Credential, question: Question): Promise<RunSimulationResults> {
  const { runSimulation } = await load()
  const { action, resource, accountId, contextVariables } = question
  return runSimulation(
    {
      request: { principal: credential.principalArn, action, resource: { resource, accountId }, contextVariables },
      identityPolicies: (credential.policies ?? []).map((policy, index) => ({ name: `policies.${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
}

/** Loaded when somebody has policies: it is most of this package's weight, and an optional dependency (README, IAM). */
async function load() {
  try {
    return await import('@cloud-copilot/iam-simulate')
  } catch (cause) {
    throw new ConfigurationError(['policies: need the optional package @cloud-copilot/iam-simulate'], { cause })
  }
}
