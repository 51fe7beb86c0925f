import type { AgentWorkloadEnvironment } from '@agent-identity/contracts'

/** The two containers. */
export const SERVICE_NAMES = ['agent-workload', 'session-binding'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

export type IdentityArtifactKind = AgentWorkloadEnvironment['IDENTITY_ARTIFACT_MODE']

/** The prefix of every name that must be unique in an account and Region. */
export const prefixOf = (stage: { name: string }) => `agent-identity-${stage.name}`
