import type { ProviderId } from '@agent-identity/contracts'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import type { HttpGet } from './http-get.ts'

/** What both a stage and a demo have. */
export interface Subject {
  agentcore: BedrockAgentCoreControlClient
  get: HttpGet
  /** What the running agent workload was told. */
  configuration(): Promise<Configuration>
}

export interface Configuration {
  /** The origin that browsers see. */
  publicUrl: string
  workloadName: string
  /** Names at AgentCore, of those that are switched on. */
  credentialProviders: ReadonlyMap<ProviderId, string>
  issuer: string
}

/** The first caller asks; all get the same answer. */
export function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
