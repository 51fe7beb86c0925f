import type { JsonObject } from './json.ts'
import type { IdentityArtifactKind, PerContainer } from './names.ts'

/** What the CDK app gives one container, with resolved references. */
export interface SynthesizedService {
  /** Policy documents. */
  taskRolePolicies: JsonObject[]
  /** Of the role with which ECS starts the container. */
  executionRolePolicies: JsonObject[]
  values: Readonly<Record<string, string>>
  /** Names of the variables that come from Secrets Manager. */
  secrets: readonly string[]
  /** `ACL SETUSER <service> …` */
  redisAccess: string
}

export type SynthesizedServices = PerContainer<SynthesizedService>

export interface Deployed {
  accountId: string
  /** The sign-in issuer, and the client that signs users in. */
  issuer: string
  signInClientId: string
  /** Default: `mcp-client`. */
  mcpClientId?: string
}

/**
 * Synthesizes a stage; the result can be called for several deployments.
 *
 * @param context as `-c name=value` gives it (docs/deploy.md)
 * @param change settings that replace the stage's
 */
export type SynthesizeServices = (
  context: Readonly<Record<string, string>>,
  change?: { identityArtifact?: IdentityArtifactKind; consentsAtOnce?: 'one' | 'many' },
) => (deployed: Deployed) => SynthesizedServices
