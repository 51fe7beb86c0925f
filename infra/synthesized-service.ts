import type { JsonObject } from './json.ts'
import type { IdentityArtifactKind, ServiceName } from './names.ts'

/** What the CDK app gives one container, with the references filled in: enough to run it elsewhere under the same rules. */
export interface SynthesizedService {
  /** Every policy document on the task role. */
  taskRolePolicies: JsonObject[]
  /** Of the role that ECS itself uses to start the container. */
  executionRolePolicies: JsonObject[]
  values: Readonly<Record<string, string>>
  /** Names of the variables that come from Secrets Manager. */
  secrets: readonly string[]
  /** `ACL SETUSER <service> …` */
  redisAccess: string
}

export type SynthesizedServices = Readonly<Record<ServiceName, SynthesizedService>>

/** Stand-ins for what only a deployment knows. */
export interface Deployed {
  accountId: string
  /** The sign-in issuer, and the client whose tokens may mint. */
  issuer: string
  signInClientId: string
}

/**
 * Synthesizes a stage, once; what comes back reads both services out of it, for as many deployments as are asked for.
 *
 * @param context as `-c name=value` gives it (docs/deploy.md)
 * @param change in what another stage would differ
 */
export type SynthesizeServices = (
  context: Readonly<Record<string, string>>,
  change?: { identityArtifact?: IdentityArtifactKind; consentsAtOnce?: 'one' | 'many' },
) => (deployed: Deployed) => SynthesizedServices
