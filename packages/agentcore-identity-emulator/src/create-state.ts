import type { Arns } from './arns.ts'
import type { Clock } from './clock.ts'
import type { EmulatorState } from './emulator-state.ts'
import { createUserTokens } from './identity/user-tokens.ts'
import { createWorkloadAccessTokens } from './identity/workload-access-tokens.ts'
import { createAuthorizationServers } from './oauth/authorization-server.ts'
import { createOutbound } from './oauth/outbound.ts'
import { createSecrets } from './oauth/secrets.ts'
import type { AuthorizationServer } from './oauth/vendors.ts'
import type { ParsedOptions } from './options.ts'
import { AuthorizationSessions } from './state/authorization-sessions.ts'
import { TokenVault } from './state/token-vault.ts'
import { createUrlPolicy } from './url-policy.ts'
import { BuiltInVendor } from './vendor/built-in-vendor.ts'
import { builtInServer } from './vendor/metadata.ts'

export function createEmulatorState(
  options: ParsedOptions,
  { arns, clock }: { arns: Arns; clock: Clock },
): EmulatorState {
  const { lifetimes } = options
  const outbound = createOutbound({ timeoutSeconds: options.vendorTimeoutSeconds })
  const urlPolicy = createUrlPolicy(options.plainHttpHosts)
  const standIns = new Map(
    options.oauth2CredentialProviders.map(({ name, endpoints = {} }) => [
      name,
      endpoints as Partial<AuthorizationServer> | 'vendor',
    ]),
  )
  const addresses = { publicUrl: '', ownUrl: '' }
  const state: EmulatorState = Object.assign(addresses, {
    save: async () => {},
    arns,
    clock,
    urlPolicy,
    outbound,
    assumptions: options.assumptions,
    quotas: options.quotas,
    workloadIdentities: new Map(),
    oauth2Providers: new Map(),
    apiKeyProviders: new Map(),
    tags: new Map(),
    workloadAccessTokens: createWorkloadAccessTokens(clock, {
      lifetimeSeconds: lifetimes.workloadAccessTokenSeconds,
      expired: options.assumptions.expiredWorkloadAccessToken,
    }),
    userTokens: createUserTokens({
      urlPolicy,
      outbound,
      minimumSecondsLeft: lifetimes.minimumUserTokenSeconds,
      wallNow: clock.wallNow,
    }),
    authorizationServers: createAuthorizationServers({
      urlPolicy,
      outbound,
      standIns,
      builtIn: () => builtInServer(addresses),
    }),
    secrets: createSecrets(options.secrets),
    sessions: new AuthorizationSessions(clock, {
      lifetimeSeconds: lifetimes.authorizationSessionSeconds,
      maxOpen: options.quotas.openAuthorizations,
    }),
    vault: new TokenVault(),
    refreshes: new Map(),
    tokenVault: {
      kmsConfiguration: { keyType: 'ServiceManagedKey' as const },
      isKeyDeleted: false,
      lastModifiedDate: clock.now(),
    },
    vendor: options.vendor && new BuiltInVendor(clock, options.vendor),
  })
  return state
}
