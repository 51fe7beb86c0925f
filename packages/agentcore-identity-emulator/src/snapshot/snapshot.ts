import { ConfigurationError } from '../configuration-error.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import type { VendorRecords } from '../vendor/built-in-vendor.ts'
import { builtInReturnUrl } from '../vendor/built-ins.ts'
import type { Snapshot } from './snapshot-schema.ts'

/** Without calls, planned faults and changed policies. */
export function takeSnapshot(state: EmulatorState): Snapshot {
  return {
    version: 3,
    accountId: state.arns.accountId,
    region: state.arns.region,
    publicUrl: state.publicUrl,
    clockAheadMs: state.clock.aheadMs(),
    workloadAccessTokenKey: state.workloadAccessTokens.key(),
    workloadIdentities: [...state.workloadIdentities.values()],
    // AWS's shapes are plain JSON, which the types derived from the model do not express.
    oauth2Providers: [...state.oauth2Providers.values()] as unknown as Snapshot['oauth2Providers'],
    apiKeyProviders: [...state.apiKeyProviders.values()],
    tags: Object.fromEntries(state.tags),
    tokenVault: state.tokenVault,
    vault: [...state.vault.entries()].map(([key, token]) => ({ key, ...token, scopes: [...token.scopes] })),
    sessions: [...state.sessions.all()] as unknown as Snapshot['sessions'],
    vendor: state.vendor?.records() as Snapshot['vendor'],
  }
}

/**
 * A session whose code was being exchanged becomes failed: the vendor may have redeemed the code.
 *
 * @throws ConfigurationError for another account or Region
 */
export function restoreSnapshot(snapshot: Snapshot, state: EmulatorState): void {
  const { accountId, region } = snapshot
  if (accountId !== state.arns.accountId || region !== state.arns.region) {
    const [its, ours] = [snapshot, state.arns].map((one) => `account ${one.accountId} in ${one.region}`)
    throw new ConfigurationError([`the state is of ${its}, and this emulator is ${ours}; nothing was changed`])
  }
  state.clock.advance((snapshot.clockAheadMs - state.clock.aheadMs()) / 1000)
  state.workloadAccessTokens.useKey(snapshot.workloadAccessTokenKey)
  replace(state.workloadIdentities, snapshot.workloadIdentities.map(movedFrom(snapshot.publicUrl, state.publicUrl)))
  replace(state.oauth2Providers, snapshot.oauth2Providers as unknown as Oauth2Provider[])
  replace(state.apiKeyProviders, snapshot.apiKeyProviders)
  state.tags.clear()
  for (const [arn, tags] of Object.entries(snapshot.tags)) state.tags.set(arn, tags)
  Object.assign(state.tokenVault, snapshot.tokenVault)
  state.refreshes.clear()
  state.vault.clear()
  for (const { key, ...token } of snapshot.vault)
    state.vault.put(key, { ...token, refreshToken: token.refreshToken, expiresAt: token.expiresAt })
  state.sessions.clear()
  for (const session of snapshot.sessions) state.sessions.restore(interrupted(session))
  state.vendor?.restore((snapshot.vendor ?? NO_RECORDS) as VendorRecords)
}

const NO_RECORDS: VendorRecords = {
  requests: [],
  grants: [],
  codes: [],
  accessTokens: [],
  clientTokens: [],
  refreshTokens: [],
}

const movedFrom =
  (formerUrl: string, publicUrl: string) =>
  ({ allowedResourceOauth2ReturnUrls: urls, ...identity }: Snapshot['workloadIdentities'][number]) => ({
    ...identity,
    allowedResourceOauth2ReturnUrls: urls?.map((url) =>
      url === builtInReturnUrl(formerUrl) ? builtInReturnUrl(publicUrl) : url,
    ),
  })

function interrupted(session: Snapshot['sessions'][number]): AuthorizationSession {
  const { returned, customState, ...rest } = session
  if (session.status !== 'completing') return { ...rest, returned, customState }
  return { ...rest, status: 'failed', trips: [], returned: undefined, customState }
}

function replace<R extends { name: string }>(map: Map<string, R>, resources: readonly unknown[]) {
  map.clear()
  for (const resource of resources as readonly R[]) map.set(resource.name, resource)
}
