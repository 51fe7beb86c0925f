import type { ProviderId } from '@agent-identity/contracts'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import type { HttpGet } from './http-get.ts'

/** What a stage and a demo have in common. */
export interface Subject {
  agentcore: BedrockAgentCoreControlClient
  get: HttpGet
  /** The configuration of the running agent workload. */
  configuration(): Promise<Configuration>
}

export interface Configuration {
  /** The origin that browsers see. */
  publicUrl: string
  workloadName: string
  /** By enabled provider: the credential provider's name at AgentCore. */
  credentialProviders: ReadonlyMap<ProviderId, string>
  issuer: string
}

/** Calls `ask` once; every caller gets the same promise. */
export function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
