import {
  type AuthorizationId,
  type ConnectedAccount,
  type ConnectionRecord,
  type ConnectionRef,
  grantedOfAsked,
  isEnded,
  type OfferedProviders,
  type ProviderId,
  splitScopes,
  type UserRef,
  type UserSessionRef,
  type VaultEntry,
} from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'
import { type ConnectionCalls, undefinedIfDisconnected } from './connection-calls.ts'
import { whichOf } from './connection-state.ts'
import type { Connections } from './connections.ts'
import type { Disconnections } from './disconnections.ts'

export interface Consented extends ConnectionRef, VaultEntry {
  userSession: UserSessionRef
  requestId: string
  /** Of the connection when the consent was asked for. */
  generation: number
  hint?: string | undefined
  authorizationId?: AuthorizationId
  /** When that authorization expires (Unix, ms). */
  expiresAt?: number
}

export type Connected =
  /** With `wrong-account` no tool may use the token until its user accepts the account. */
  { outcome: 'connected' | 'wrong-account'; record: ConnectionRecord } | { outcome: 'superseded' }

export type Connect = (consented: Consented, accessToken: string) => Promise<Connected>

/**
 * Reads the account and the granted scopes from the vendor before anything else is called with the token. When the user has disconnected since they
 * were asked, the token is to be revoked.
 */
export function createConnect(ports: {
  calls: Pick<ConnectionCalls, 'during'>
  connections: Pick<Connections, 'find' | 'connected' | 'keepForRevocation'>
  disconnections: Pick<Disconnections, 'endLate' | 'disconnect'>
  offered: OfferedProviders
  /** Whether the user has been erased since they signed in to this user session. Once it has ended, any erasure counts. */
  isErased(who: { user: UserRef; userSession: UserSessionRef }): Promise<boolean>
  accountOf(provider: ProviderId, accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  audit: Audit
}): Connect {
  const { calls, connections, disconnections, isErased, accountOf, audit } = ports

  /** The vendor may report more than this consent asked for. */
  function asAsked({ name, granted }: ConnectedAccount, { provider, scopes }: Consented): ConnectedAccount {
    const offered = ports.offered.get(provider)
    return { name, granted: granted && offered ? grantedOfAsked(offered, granted, splitScopes(scopes)) : granted }
  }

  return async (consented, accessToken) => {
    const { user, provider, named, userSession, requestId, generation, scopes, parameters, hint } = consented
    const ref = { user, provider, named }
    const superseded = async (account?: string): Promise<Connected> => {
      const record = await connections.find(ref)
      // Meanwhile another call has stored the connection of the same authorization.
      if (record && !isEnded(record) && record.boundBy !== undefined && record.boundBy === consented.authorizationId)
        return { outcome: record.status === 'wrong_account' ? 'wrong-account' : 'connected', record }
      // An erasure ends the user session: after that, nothing can be read from the vault in its name.
      const toRead = (await isErased({ user, userSession })) ? [] : [{ scopes, parameters }]
      await disconnections.endLate({ ...ref, userSession, requestId, account }, toRead, accessToken)
      await connections.keepForRevocation(ref, { scopes, parameters })
      return { outcome: 'superseded' }
    }
    const found = await calls
      .during(
        ref,
        (signal) => accountOf(provider, accessToken, signal),
        (record) => (record?.generation ?? 0) === generation,
      )
      .catch(undefinedIfDisconnected)
    if (!found) return superseded()
    const { authorizationId: boundBy, expiresAt } = consented
    const bound = { scopes, parameters, generation, hint, boundBy, expiresAt }
    const connected = await connections.connected(ref, bound, asAsked(found, consented))
    if (connected.outcome === 'superseded') return superseded(found.name)
    // The mark is read last: an erasure that did not see this connection had left its mark before.
    if (await isErased({ user, userSession })) {
      await disconnections.disconnect({ ...ref, userSession, requestId, isErased: true })
      return { outcome: 'superseded' }
    }
    audit({
      event: connected.outcome === 'connected' ? 'account_connected' : 'wrong_account_connected',
      ...whichOf(ref),
      userSession,
      requestId,
      ...(found.name === undefined ? {} : { account: `${provider} ${found.name}` }),
    })
    return connected
  }
}
