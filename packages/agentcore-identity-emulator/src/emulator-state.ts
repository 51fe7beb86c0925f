import type { Arns } from './arns.ts'
import type { Clock } from './clock.ts'
import type { UserTokens } from './identity/user-tokens.ts'
import type { WorkloadAccessTokens } from './identity/workload-access-tokens.ts'
import type { AuthorizationServers } from './oauth/authorization-server.ts'
import type { Outbound } from './oauth/outbound.ts'
import type { Secrets } from './oauth/secrets.ts'
import type { Assumptions, Quotas } from './options.ts'
import type { ApiKeyProvider } from './state/api-key-provider.ts'
import type { AuthorizationSessions } from './state/authorization-sessions.ts'
import type { Oauth2Provider } from './state/oauth2-provider-record.ts'
import type { TokenVault } from './state/token-vault.ts'
import type { TokenVaultSettings } from './state/token-vault-settings.ts'
import type { WorkloadIdentity } from './state/workload-identities.ts'
import type { UrlPolicy } from './url-policy.ts'
import type { BuiltInVendor } from './vendor/built-in-vendor.ts'

export type EmulatorState = {
  readonly clock: Clock
  readonly arns: Arns
  /** Without a trailing slash. Empty until the server listens. */
  publicUrl: string
  /** Where this process reaches itself. */
  ownUrl: string
  readonly urlPolicy: UrlPolicy
  readonly outbound: Outbound
  readonly assumptions: Assumptions
  readonly quotas: Quotas
  readonly workloadIdentities: Map<string, WorkloadIdentity>
  readonly oauth2Providers: Map<string, Oauth2Provider>
  readonly apiKeyProviders: Map<string, ApiKeyProvider>
  readonly tags: Map<string, Record<string, string>>
  readonly workloadAccessTokens: WorkloadAccessTokens
  readonly userTokens: UserTokens
  readonly authorizationServers: AuthorizationServers
  readonly secrets: Secrets
  readonly sessions: AuthorizationSessions
  readonly vault: TokenVault
  /** Refreshes in progress, by vault key. */
  readonly refreshes: Map<string, Promise<string | undefined>>
  readonly tokenVault: TokenVaultSettings
  readonly vendor: BuiltInVendor | undefined
  /** Resolves when the state file, if there is one, has the present state. Rejects when it cannot be written. */
  save(): Promise<void>
}
