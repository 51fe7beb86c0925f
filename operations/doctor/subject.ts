import type { ProviderId } from '@agent-identity/contracts'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import type { HttpGet } from './http-get.ts'

export interface Subject {
  agentcore: BedrockAgentCoreControlClient
  get: HttpGet
  /** What a person must still do, so that the public address leads to the deployment. */
  dnsToDo?(): Promise<string | undefined>
  /** The configuration of the running agent workload, or of the demo. */
  configuration(): Promise<Configuration>
}

export interface Configuration {
  /** The origin that browsers see. */
  publicUrl: string
  workloadName: string
  /** By provider: the name at AgentCore. */
  credentialProviders: ReadonlyMap<ProviderId, string>
  issuer: string
}

/** Every caller gets the same promise. */
export function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
