import { type ConnectionRef, splitScopes, type UserSessionRef, type VaultEntry } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { askAgentCore, type RequestAuthorizationPorts } from '../request-authorization.ts'

export interface EntryOf extends ConnectionRef {
  userSession: UserSessionRef
  requestId: string
  entry: VaultEntry
}

export type FromVault = { outcome: 'token'; accessToken: string } | { outcome: 'none' | 'signed-out' | 'unavailable' }

/** AgentCore has no call that deletes an entry. */
export function createConnectionVault(ports: RequestAuthorizationPorts) {
  async function ask({ entry, ...request }: EntryOf, forceAuthentication: boolean) {
    const provider = ports.offered.get(request.provider)
    // A replica of another version may offer the provider.
    if (!provider) return { outcome: 'unavailable' } as const
    // AgentCore would still accept a cached workload access token of a user session that has ended.
    ports.workloadAccessTokens.drop(request.userSession)
    const scopes = splitScopes(entry.scopes)
    const asked = { ...request, scopes, parameters: entry.parameters, generation: 0, forceAuthentication }
    return askAgentCore(asked, provider, randomToken(32), ports)
  }

  return {
    /** The URL that comes in place of a token is thrown away. */
    async read(of: EntryOf): Promise<FromVault> {
      const asked = await ask(of, false)
      return asked.outcome === 'authorization-required' ? { outcome: 'none' } : asked
    },

    /** Starts over, which makes AgentCore forget the refresh token (documented; not seen). The URL is thrown away. */
    async forget(of: EntryOf): Promise<'forgotten' | 'signed-out' | 'unavailable'> {
      const { outcome } = await ask(of, true)
      if (outcome === 'authorization-required') return 'forgotten'
      return outcome === 'signed-out' ? outcome : 'unavailable'
    },
  }
}

export type ConnectionVault = ReturnType<typeof createConnectionVault>
