import {
  type Connection,
  type ConnectionRecord,
  type ConnectionStatus,
  type ConnectionUse,
  grantedScopes,
  isLatched,
  missingScopes,
  type OfferedProvider,
  type OfferedProviders,
  scopesInWords,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { PendingAuthorizations } from '../pending-authorizations.ts'
import type { AskFirstChoices } from './ask-first.ts'
import type { ConnectionUses } from './connection-uses.ts'
import type { Connections } from './connections.ts'

type Active = Awaited<ReturnType<PendingAuthorizations['listActive']>>[number]

/** One row per provider that users connect, from our own records: no call to AgentCore or a vendor. */
export async function listConnections(
  userSession: CurrentUserSession,
  ports: {
    offered: OfferedProviders
    connections: Pick<Connections, 'find'>
    authorizations: Pick<PendingAuthorizations, 'listActive'>
    askFirst: Pick<AskFirstChoices, 'isOn'>
    uses: Pick<ConnectionUses, 'list'>
  },
): Promise<Connection[]> {
  const active = await ports.authorizations.listActive(userSession.ref, userSession.userRef)
  return Promise.all(
    [...ports.offered.values()]
      .filter(({ credential }) => credential === 'user')
      .map(async (offered) => {
        const { id: provider, displayName, readOnly } = offered
        const record = await ports.connections.find(userSession.userRef, provider)
        const missing = record && !isLatched(record) ? missingScopes(offered, record) : []
        const uses = record && (await ports.uses.list(userSession.userRef, provider, record.id))
        const pending = active.find((authorization) => authorization.record.provider === provider)
        return {
          provider,
          displayName,
          status: pending ? 'consent_pending' : statusOf(record?.status, missing),
          scopes: scopesInWords(offered, shownScopes(offered, record)),
          ...(missing.length > 0 && { missing: scopesInWords(offered, missing) }),
          ...(record && detailsOf(record)),
          ...(pending && openOf(pending)),
          ...(uses && usesOf(uses)),
          ...(readOnly ? {} : { askFirst: await ports.askFirst.isOn(userSession.userRef, provider) }),
        }
      }),
  )
}

function detailsOf({ id, account, connectedAt, disconnectedAt, outcome, tokenEndsAt }: ConnectionRecord) {
  return {
    accountId: id,
    ...(account !== undefined && { account }),
    ...(connectedAt !== undefined && { connectedAt: at(connectedAt) }),
    ...(disconnectedAt !== undefined && { disconnectedAt: at(disconnectedAt) }),
    ...(outcome !== undefined && { outcome }),
    ...(tokenEndsAt !== undefined && { tokenEndsAt: at(tokenEndsAt) }),
  }
}

/** Of one that its user may consent to still. */
function openOf({ id, record: { status, expiresAt } }: Active): Pick<Connection, 'pendingUntil' | 'authorizationId'> {
  return status === 'pending' ? { pendingUntil: at(expiresAt), authorizationId: id } : {}
}

function usesOf(uses: readonly ConnectionUse[]): Pick<Connection, 'uses' | 'lastUsedBy'> {
  const shown = uses.map((use) => ({ ...use, usedAt: at(use.usedAt) }))
  const byClient = shown.find(({ client }) => client)
  return {
    ...(shown.length > 0 && { uses: shown }),
    ...(byClient?.client && { lastUsedBy: { ...byClient.client, usedAt: byClient.usedAt } }),
  }
}

const at = (time: number) => new Date(time).toISOString()

/** Those that we ask for: a vendor may say that more was granted, such as what every client gets. */
function shownScopes(provider: OfferedProvider, record: ConnectionRecord | undefined): string[] {
  const granted = grantedScopes(record)
  return record?.granted === undefined
    ? granted
    : Object.keys(provider.scopeDescriptions).filter((scope) => granted.includes(scope))
}

function statusOf(recorded: ConnectionRecord['status'] | undefined, missing: readonly string[]): ConnectionStatus {
  if (recorded !== 'connected') return recorded ?? 'not_connected'
  // The user has left some out, or a new version needs more.
  return missing.length > 0 ? 'missing_scopes' : 'connected'
}
