import type { AgentWorkloadEnvironment } from '@agent-identity/contracts'

export const SERVICE_NAMES = ['agent-workload', 'session-binding'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** The services and the MCP server. */
export const CONTAINER_NAMES = [...SERVICE_NAMES, 'mcp-server'] as const
export type ContainerName = (typeof CONTAINER_NAMES)[number]

export type PerContainer<Value> = Readonly<Record<ServiceName, Value>> & { readonly 'mcp-server'?: Value | undefined }

export const containersOf = ({ mcp }: { mcp: { enabled: boolean } }): readonly ContainerName[] =>
  mcp.enabled ? CONTAINER_NAMES : SERVICE_NAMES

export type IdentityArtifactKind = AgentWorkloadEnvironment['IDENTITY_ARTIFACT_MODE']

/**
 * The context name with a new value in each deployment that reverts drift: reverting undoes what an API call has set (`isDrift`), and another value
 * repeats the call.
 */
export const REVERT_DRIFT = 'revertDrift'

/** For names that must be unique in an account and Region. */
export const prefixOf = (stage: { name: string }) => `agent-identity-${stage.name}`
