import {
  type AgentWorkloadEnvironment,
  type ConnectedAccount,
  type CredentialKind,
  MOST_CHARACTERS_OF_A_SCOPE,
  type OfferedProviders,
  type ProviderId,
  type SwitchedOnProviders,
  type VendorRevocation,
} from '@agent-identity/contracts'
import {
  type ProviderAtWork,
  type ProviderDefinition,
  type ProviderTool,
  parametersOf,
  revocationUrlOf,
  type ToolsAtWork,
  VendorError,
} from '@agent-identity/provider-kit'
import { PROVIDERS } from '@agent-identity/providers'
import { ConfigurationError } from '@agent-identity/service-runtime'

export interface Offer {
  providers: OfferedProviders
  tools: readonly OfferedTool[]
  /** What the chat page suggests to ask. */
  suggestions: readonly string[]
  /**
   * @returns `isRejected` when the vendor rejects the token; undefined while the vendor does not say; an empty object where the provider's folder
   *   names no account
   */
  accountOf(provider: ProviderId, accessToken: string): Promise<ConnectedAccount | undefined>
  /** `refused` where the vendor cannot be asked. */
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
}

export type OfferedTool = ProviderTool & {
  provider: { id: ProviderId; displayName: string; credential: CredentialKind }
}

/** For vendors that end a token only for its OAuth client. */
interface AsClient {
  has(provider: ProviderId): boolean
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
}

export const NO_REVOCATION_FUNCTIONS: AsClient = { has: () => false, revoke: async () => 'refused' }

/** In milliseconds. */
const ACCOUNT_TIMEOUT_MS = 3_000

/** @throws ConfigurationError, also for an unknown name in `ASK_FIRST_PROVIDERS`: a misspelt provider would not ask first by default. */
export async function offerProviders(
  settings: Pick<
    AgentWorkloadEnvironment,
    'PROVIDERS' | 'ASK_FIRST_PROVIDERS' | 'VENDOR_TIMEOUT_MS' | 'IDENTITY_ARTIFACT_MODE'
  > &
    Partial<Pick<AgentWorkloadEnvironment, 'ACCOUNT_TIMEOUT_MS'>>,
  asClient: AsClient,
  known: ReadonlyMap<ProviderId, ProviderDefinition> = PROVIDERS,
): Promise<Offer> {
  const accountMs = settings.ACCOUNT_TIMEOUT_MS ?? ACCOUNT_TIMEOUT_MS
  for (const [variable, ids] of [
    ['PROVIDERS', Object.keys(settings.PROVIDERS)],
    ['ASK_FIRST_PROVIDERS', settings.ASK_FIRST_PROVIDERS],
  ] as const) {
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length > 0) throw new ConfigurationError(`${variable}: this version has no ${unknown.join(', ')}`)
  }

  const offered = [...known.values()].flatMap((definition) => {
    const switchedOn = settings.PROVIDERS[definition.id]
    return switchedOn ? [{ definition, ...switchedOn, apiUrl: apiUrlOf(definition, switchedOn) }] : []
  })
  const exchanging = offered.find(({ definition }) => definition.credential === 'on-behalf-of')
  if (exchanging && settings.IDENTITY_ARTIFACT_MODE === 'user-id')
    throw new ConfigurationError(
      `PROVIDERS: ${exchanging.definition.id} exchanges the token of the user, and with IDENTITY_ARTIFACT_MODE=user-id there is none`,
    )
  const tooLong = offered.find(
    ({ definition: { scopeSeparator, scopeDescriptions } }) =>
      scopeSeparator && Object.keys(scopeDescriptions).join(scopeSeparator).length > MOST_CHARACTERS_OF_A_SCOPE,
  )
  if (tooLong)
    throw new ConfigurationError(
      `PROVIDERS: the scopes of ${tooLong.definition.id} have more than ${MOST_CHARACTERS_OF_A_SCOPE} characters together, with commas, and AgentCore takes no more`,
    )
  const atWork = new Map(
    await Promise.all(
      offered.map(async ({ definition, apiUrl }): Promise<[ProviderId, ToolsAtWork | ProviderAtWork]> => {
        if (apiUrl === 'user-info' || apiUrl.includes('{'))
          throw new ConfigurationError(`PROVIDERS: ${definition.id} needs an apiUrl`)
        const work = await definition.atWork({ url: apiUrl, timeoutMs: settings.VENDOR_TIMEOUT_MS })
        return [definition.id, work]
      }),
    ),
  )
  const unknownAddress = offered.find(
    ({ definition, ...own }) =>
      definition.revocation?.by === 'token' && parametersOf(revocationUrlOf(definition, own) ?? '').length > 0,
  )
  if (unknownAddress) throw new ConfigurationError(`PROVIDERS: ${unknownAddress.definition.id} needs a revocationUrl`)
  return {
    providers: new Map(
      offered.map(({ definition, credentialProvider, ...own }) => {
        const readOnly = atWork.get(definition.id)?.tools.every(({ does }) => does === 'read') ?? true
        const { revocation, ...rest } = definition
        const offers = { ...rest, credentialProvider, readOnly }
        if (!revocation) return [definition.id, offers]
        const isOutOfReach =
          revocation.by === 'client' ? !asClient.has(definition.id) : !revocationUrlOf(definition, own)
        return [
          definition.id,
          { ...offers, revocation: isOutOfReach ? { ...revocation, by: 'impossible' as const } : revocation },
        ]
      }),
    ),
    tools: offered.flatMap(({ definition: { id, displayName, credential } }) =>
      (atWork.get(id)?.tools ?? []).map((tool) => ({ ...tool, provider: { id, displayName, credential } })),
    ),
    suggestions: offered.flatMap(({ definition }) => definition.suggestions ?? []),
    async accountOf(provider, accessToken) {
      const work = atWork.get(provider)
      if (!work || !('account' in work)) return {}
      return work
        .account(accessToken, AbortSignal.timeout(accountMs))
        .catch((error) => (isRejected(error) ? { isRejected: true as const } : undefined))
    },
    async revoke(provider, accessToken) {
      const found = offered.find(({ definition }) => definition.id === provider)
      const way = found?.definition.revocation
      if (way?.by === 'client') return asClient.revoke(provider, accessToken)
      const url = found && revocationUrlOf(found.definition, found)
      if (way?.by !== 'token' || !url) return 'refused'
      return way.revoke(accessToken, { url, signal: AbortSignal.timeout(settings.VENDOR_TIMEOUT_MS) })
    },
  }
}

const isRejected = (error: unknown) => error instanceof VendorError && error.reason === 'token-rejected'

/** Clients append their paths. The userinfo endpoint is called as it is. */
const apiUrlOf = (definition: ProviderDefinition, { apiUrl = definition.apiUrl }: SwitchedOnProviders[ProviderId]) =>
  definition.apiUrl === 'user-info' ? apiUrl : apiUrl.replace(/\/$/, '')
