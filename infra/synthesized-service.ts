import type { JsonObject } from './json.ts'
import type { IdentityArtifactKind, PerContainer } from './names.ts'

export interface SynthesizedService {
  taskRolePolicies: JsonObject[]
  executionRolePolicies: JsonObject[]
  values: Readonly<Record<string, string>>
  secrets: readonly string[]
  /** `ACL SETUSER <service> …` */
  redisAccess: string
}

export type SynthesizedServices = PerContainer<SynthesizedService>

export interface Deployed {
  accountId: string
  /** The issuer of the sign-in. */
  issuer: string
  signInClientId: string
  /** Default: `mcp-client`. */
  mcpClientId?: string
}

/** @param context as `-c name=value` gives it */
export type SynthesizeServices = (
  context: Readonly<Record<string, string>>,
  change?: { identityArtifact?: IdentityArtifactKind; consentsAtOnce?: 'one' | 'many' },
) => (deployed: Deployed) => SynthesizedServices
