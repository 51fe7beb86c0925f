import type { ConnectedAccount, OfferedProviders, ProviderId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import type { ConnectionCalls } from './connection-calls.ts'
import type { Connections } from './connections.ts'
import type { Disconnections } from './disconnections.ts'

/** A consent that AgentCore has a token for. */
export interface Consented {
  user: UserRef
  userSession: UserSessionRef
  /** Of the request that asked for it. */
  requestId: string
  provider: ProviderId
  /** Space-separated and sorted. */
  scopes: string
  /** Of the connection, when it was asked for. */
  generation: number
}

export type Connect = (
  consented: Consented,
  accessToken: string,
) => Promise<{ outcome: 'connected' | 'superseded'; account?: string | undefined }>

/** Writes down that it is connected, with the account's name and what was granted, in one step; or ends it, when the user has disconnected since they were asked. */
export function createConnect(ports: {
  offered: OfferedProviders
  calls: ConnectionCalls
  connections: Pick<Connections, 'connected'>
  disconnections: Pick<Disconnections, 'endLate'>
  /** Optional: a vendor that does not answer must not delay this. */
  accountOf(provider: ProviderId, accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
}): Connect {
  const { offered, calls, connections, disconnections, accountOf } = ports

  return async ({ user, userSession, requestId, provider, scopes, generation }, accessToken) => {
    const entry = { scopes, parameters: { ...offered.get(provider)?.customParameters } }
    const superseded = async () => {
      await disconnections.endLate({ user, provider, userSession, requestId }, entry)
      return { outcome: 'superseded' } as const
    }
    const account = await calls
      .during(
        user,
        provider,
        (signal) => accountOf(provider, accessToken, signal),
        (record) => (record?.generation ?? 0) === generation,
      )
      .catch((error) => {
        if (error instanceof DisconnectedError) return undefined
        throw error
      })
    if (!account) return superseded()
    const outcome = await connections.connected(user, provider, { ...entry, generation }, account)
    return outcome === 'connected' ? { outcome, account: account.name } : superseded()
  }
}
