import {
  CONNECTION_USES_SHOWN,
  type Connection,
  type ConnectionId,
  type ConnectionRecord,
  type ConnectionStatus,
  type ConnectionUse,
  grantedScopes,
  isLatched,
  missingScopes,
  type OfferedProvider,
  type OfferedProviders,
  scopesInWords,
  type UserRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { isBareLatch } from '../erasures/latch-absent.ts'
import type { PendingAuthorizations } from '../pending-authorizations.ts'
import type { KnownAccount } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { AskFirstChoices } from './ask-first.ts'
import type { ConnectionUses } from './connection-uses.ts'
import { expectedOf, isConnectedAlready } from './right-account.ts'

interface Ports {
  offered: OfferedProviders
  accounts: Pick<Accounts, 'list' | 'defaultOf'>
  authorizations: Pick<PendingAuthorizations, 'listActive'>
  askFirst: Pick<AskFirstChoices, 'isOn'>
  uses: Pick<ConnectionUses, 'list'>
  usesEach?: number | undefined
}

/** A row for each account, also one that this user session is connecting, and one for a provider without any. */
export async function listConnections(userSession: CurrentUserSession, ports: Ports): Promise<Connection[]> {
  const active = await ports.authorizations.listActive(userSession.ref, userSession.userRef)
  const offered = [...ports.offered.values()].filter(({ credential }) => credential === 'user')
  const rows = await Promise.all(offered.map((provider) => rowsOf(provider, userSession.userRef, active, ports)))
  return rows.flat()
}

type Active = Awaited<ReturnType<Ports['authorizations']['listActive']>>

async function rowsOf(provider: OfferedProvider, user: UserRef, active: Active, ports: Ports): Promise<Connection[]> {
  const accounts = await ports.accounts.list(user, provider.id)
  const ofProvider = active.filter(({ record }) => record.provider === provider.id)
  const { usesEach = CONNECTION_USES_SHOWN } = ports
  const askFirst = provider.readOnly ? {} : { askFirst: await ports.askFirst.isOn(user, provider.id) }
  const byDefault = accounts.length > 1 ? await ports.accounts.defaultOf(user, provider.id, accounts) : undefined
  const rowOf = async (
    record: ConnectionRecord | undefined,
    pending: Active[number] | undefined,
  ): Promise<Connection> => {
    const missing = record && !isLatched(record) ? missingScopes(provider, record) : []
    const uses = record && (await ports.uses.list(usesEach, user, provider.id, record.id))
    return {
      provider: provider.id,
      displayName: provider.displayName,
      status: pending ? 'consent_pending' : statusOf(record?.status, missing),
      scopes: scopesInWords(provider, shownScopes(provider, record)),
      ...(missing.length > 0 && { missing: scopesInWords(provider, missing) }),
      ...(provider.accountChoice && { canAskForAccount: true }),
      ...(record && detailsOf(record, accounts)),
      ...(byDefault && { isDefault: byDefault.record.id === record?.id }),
      ...(uses && usesOf(uses)),
      ...(pending && pendingOf(pending)),
      ...askFirst,
    }
  }
  // The authorization that bound the connection is no open consent, even while it is not settled.
  const openFor = ({ ref, record: { boundBy } }: Awaited<ReturnType<Accounts['list']>>[number]) =>
    ofProvider.find(({ id, record }) => record.named === ref.named && id !== boundBy)
  const rows = accounts.map((account) =>
    rowOf(isBareLatch(account.record) ? undefined : account.record, openFor(account)),
  )
  const isKnown = (named: ConnectionId | undefined) => accounts.some(({ ref }) => ref.named === named)
  // These accounts are asked for, and not connected yet.
  const asked = new Map(ofProvider.filter(({ record }) => !isKnown(record.named)).map((one) => [one.record.named, one]))
  rows.push(...[...asked.values()].map((pending) => rowOf(undefined, pending)))
  return Promise.all(rows.length > 0 ? rows : [rowOf(undefined, undefined)])
}

const pendingOf = ({ id, record: { status, named, hint, expiresAt } }: Active[number]) => ({
  ...(status === 'pending' && { authorizationId: id, pendingUntil: at(expiresAt) }),
  ...(named && { accountId: named }),
  ...(hint && { askedAccount: hint }),
})

function detailsOf(record: ConnectionRecord, accounts: readonly KnownAccount[]) {
  const { id, hint, came, connectedAt, disconnectedAt, outcome, tokenEndsAt } = record
  const isUndecided = record.status === 'wrong_account'
  const account = isUndecided ? came : record.account
  const others = accounts.flatMap((one) => (one.record === record ? [] : [one.record]))
  const askedAccount = hint ?? (isUndecided ? expectedOf(record, hint) : undefined)
  return {
    accountId: id,
    ...(account !== undefined && { account }),
    ...(isUndecided && { generation: record.generation }),
    ...(isConnectedAlready(record, others) && { isConnectedAlready: true as const }),
    ...(askedAccount !== undefined && { askedAccount }),
    ...(connectedAt !== undefined && { connectedAt: at(connectedAt) }),
    ...(disconnectedAt !== undefined && { disconnectedAt: at(disconnectedAt) }),
    ...(outcome !== undefined && { outcome }),
    ...(tokenEndsAt !== undefined && { tokenEndsAt: at(tokenEndsAt) }),
  }
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

function shownScopes(provider: OfferedProvider, record: ConnectionRecord | undefined): string[] {
  const granted = grantedScopes(record)
  return record?.granted === undefined
    ? granted
    : Object.keys(provider.scopeDescriptions).filter((scope) => granted.includes(scope))
}

function statusOf(recorded: ConnectionRecord['status'] | undefined, missing: readonly string[]): ConnectionStatus {
  if (recorded !== 'connected') return recorded ?? 'not_connected'
  return missing.length > 0 ? 'missing_scopes' : 'connected'
}
