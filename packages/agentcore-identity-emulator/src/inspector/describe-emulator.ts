import type { Call, Calls } from '../control/calls.ts'
import type { Faults, PlannedFault } from '../control/faults.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { fingerprint } from '../fingerprint.ts'
import { callbackUrl } from '../state/oauth2-provider.ts'
import type { VaultedToken } from '../state/token-vault.ts'
import { type AuthorizationView, describeAuthorization, describeUser } from './describe-authorization.ts'

export type EmulatorView = {
  url: string
  /** The time that decides lifetimes. */
  now: string
  aheadSeconds: number
  identities: readonly { name: string; returnUrls: readonly string[] }[]
  providers: readonly { name: string; kind: string; clientId: string; callbackUrl: string }[]
  authorizations: readonly AuthorizationView[]
  vault: readonly VaultRow[]
  calls: readonly Call[]
  faults: readonly PlannedFault[]
}

export type VaultRow = {
  /** Of the access token. */
  fingerprint: string
  provider: string
  workload: string
  user: string
  scopes: readonly string[]
  hasRefreshToken: boolean
  /** Undefined: the vendor gave no usable expiry. */
  expiresInSeconds: number | undefined
}

const MAX_ROWS = 100
const MAX_CHARACTERS = 200

/** The view must contain no token, code, secret, session URI or vendor `state`. */
export function describeEmulator(
  state: EmulatorState,
  { calls, faults }: { calls: Pick<Calls, 'list'>; faults: Pick<Faults, 'list'> },
): EmulatorView {
  const now = state.clock.now()
  return {
    url: state.publicUrl,
    now: new Date(now).toISOString(),
    aheadSeconds: Math.round((now - state.clock.wallNow()) / 1000),
    identities: [...state.workloadIdentities.values()].map(({ name, allowedResourceOauth2ReturnUrls }) => ({
      name,
      returnUrls: allowedResourceOauth2ReturnUrls ?? [],
    })),
    providers: [
      ...[...state.oauth2Providers.values()].map((provider) => ({
        name: provider.name,
        kind: provider.vendor,
        clientId: provider.clientId,
        callbackUrl: callbackUrl(provider, state.publicUrl),
      })),
      ...[...state.apiKeyProviders.values()].map(({ name }) => ({
        name,
        kind: 'API key',
        clientId: '',
        callbackUrl: '',
      })),
    ],
    authorizations: describeAuthorizations(state),
    vault: newest(state.vault.all()).map((token) => describeToken(token, state, now)),
    calls: newest(calls.list()).map((call) => ({ ...call, user: call.user && clip(call.user) })),
    faults: faults.list(),
  }
}

export function describeAuthorizations(state: EmulatorState): AuthorizationView[] {
  const now = state.clock.now()
  return newest(state.sessions.all()).map((session) =>
    describeAuthorization(session, now, usersOf(session.providerName, state)),
  )
}

function usersOf(providerName: string, { oauth2Providers, authorizationServers, vendor }: EmulatorState) {
  const provider = oauth2Providers.get(providerName)
  return vendor && provider && authorizationServers.isBuiltIn(provider) ? vendor.users : []
}

/** A refused request may name a user of any length. */
const clip = (text: string) => (text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text)

const newest = <T>(items: Iterable<T>): T[] => [...items].slice(-MAX_ROWS).reverse()

function describeToken(token: VaultedToken, state: EmulatorState, now: number): VaultRow {
  const { providerInstanceId, workloadInstanceId, principal, scopes, expiresAt } = token
  return {
    fingerprint: fingerprint(token.accessToken),
    provider: nameOf(state.oauth2Providers, providerInstanceId),
    workload: nameOf(state.workloadIdentities, workloadInstanceId),
    user: describeUser(principal),
    scopes,
    hasRefreshToken: token.refreshToken !== undefined,
    expiresInSeconds: expiresAt === undefined ? undefined : Math.round((expiresAt - now) / 1000),
  }
}

function nameOf(resources: ReadonlyMap<string, { instanceId: string; name: string }>, instanceId: string) {
  for (const resource of resources.values()) if (resource.instanceId === instanceId) return resource.name
  return 'deleted'
}
