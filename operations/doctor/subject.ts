import type { ProviderId } from '@agent-identity/contracts'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import type { HttpGet } from './http-get.ts'

/** The members that a stage and a demo have in common. */
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
  /** The names at AgentCore of the credential providers that are enabled. */
  credentialProviders: ReadonlyMap<ProviderId, string>
  issuer: string
}

/** The first caller starts the read; all get the same result. */
export function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
