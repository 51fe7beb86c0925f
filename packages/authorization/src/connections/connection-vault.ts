import type { ConnectionRef, UserSessionRef, VaultEntry } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { askAgentCore, type RequestAuthorizationPorts } from '../request-authorization.ts'

/** An entry of the token vault, and the user session in whose name it is read. */
export interface EntryOf extends ConnectionRef {
  userSession: UserSessionRef
  requestId: string
  entry: VaultEntry
}

export type FromVault = { outcome: 'token'; accessToken: string } | { outcome: 'none' | 'signed-out' | 'unavailable' }

/** What of AgentCore's token vault can be reached when a connection ends: it has no call that deletes. */
export function createConnectionVault(ports: RequestAuthorizationPorts) {
  async function ask({ entry, ...request }: EntryOf, forceAuthentication: boolean) {
    const provider = ports.offered.get(request.provider)
    // A replica of another version may offer it, and will look too.
    if (!provider) return { outcome: 'unavailable' } as const
    // A cached workload access token of an ended user session would still be accepted. Another one is minted, and only for a user who is signed in.
    ports.workloadAccessTokens.drop(request.userSession)
    const scopes = entry.scopes.split(' ')
    // What is asked for is what was bound, parameters included: the vault finds an entry by all of it.
    const asked = { ...request, scopes, parameters: entry.parameters, generation: 0, forceAuthentication }
    return askAgentCore(asked, provider, randomToken(32), ports)
  }

  return {
    /** Without asking the user for anything: the URL that comes in place of a token is thrown away. */
    async read(of: EntryOf): Promise<FromVault> {
      const asked = await ask(of, false)
      return asked.outcome === 'authorization-required' ? { outcome: 'none' } : asked
    },

    /** "Starts over", which makes AgentCore forget the refresh token (documented; not seen). The URL is thrown away. */
    async forget(of: EntryOf): Promise<'forgotten' | 'signed-out' | 'unavailable'> {
      const { outcome } = await ask(of, true)
      if (outcome === 'authorization-required') return 'forgotten'
      return outcome === 'signed-out' ? outcome : 'unavailable'
    },
  }
}

export type ConnectionVault = ReturnType<typeof createConnectionVault>
