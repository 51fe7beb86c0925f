import type { JsonObject } from './json.ts'
import type { IdentityArtifactKind, PerContainer } from './names.ts'

/** What the CDK app gives one container, with resolved references: enough to run it elsewhere under the same rules. */
export interface SynthesizedService {
  /** Every policy document on the task role. */
  taskRolePolicies: JsonObject[]
  /** Every policy document on the role that ECS itself uses to start the container. */
  executionRolePolicies: JsonObject[]
  values: Readonly<Record<string, string>>
  /** Names of the variables that come from Secrets Manager. */
  secrets: readonly string[]
  /** `ACL SETUSER <service> …` */
  redisAccess: string
}

export type SynthesizedServices = PerContainer<SynthesizedService>

/** Values for references that only a deployment knows. */
export interface Deployed {
  accountId: string
  /** The sign-in issuer, and the client whose tokens may mint. */
  issuer: string
  signInClientId: string
  /** The client id of MCP clients, where there is an MCP server. Default: `mcp-client`. */
  mcpClientId?: string
}

/**
 * Synthesizes a stage once; the result returns its services for any number of deployments.
 *
 * @param context as `-c name=value` gives it (docs/deploy.md)
 * @param change differences of another stage
 */
export type SynthesizeServices = (
  context: Readonly<Record<string, string>>,
  change?: { identityArtifact?: IdentityArtifactKind; consentsAtOnce?: 'one' | 'many' },
) => (deployed: Deployed) => SynthesizedServices
