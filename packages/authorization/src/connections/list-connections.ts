import {
  type Authorization,
  type ClientAuthorization,
  type Connection,
  type ConnectionsAt,
  type ConnectionUse,
  type ListedConnection,
  lackingScopes,
  type OfferedProvider,
  type OfferedProviders,
  scopesInWords,
  scopesToAsk,
  splitScopes,
  startAuthorizationPath,
  type UserRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { scopesAsked } from '../need/authorization-required.ts'
import { type Authorizations, isOpen } from '../need/authorizations.ts'
import type { AskFirstChoices } from './ask-first.ts'
import type { Connections } from './connections.ts'
import { defaultOf, find, isLive } from './decide.ts'
import type { ConnectionUses } from './uses.ts'

interface Ports {
  offered: OfferedProviders
  connections: Pick<Connections, 'read'>
  authorizations: Pick<Authorizations, 'listOpen'>
  askFirst: Pick<AskFirstChoices, 'isOn'>
  uses: Pick<ConnectionUses, 'list'>
}

/** A row for each account, also one that this user session is connecting, and one for a provider without any. */
export async function listConnections(userSession: CurrentUserSession, ports: Ports): Promise<ListedConnection[]> {
  const open = await ports.authorizations.listOpen(userSession.userRef)
  const own = open.filter((one) => one.userSession === userSession.ref)
  const offered = [...ports.offered.values()].filter(({ credential }) => credential === 'user')
  const rows = await Promise.all(offered.map((provider) => rowsOf(provider, userSession.userRef, own, ports)))
  return rows.flat()
}

async function rowsOf(
  provider: OfferedProvider,
  user: UserRef,
  open: readonly Authorization[],
  { connections, uses: usesOfConnections, askFirst: choices }: Ports,
): Promise<ListedConnection[]> {
  const at = await connections.read(user, provider.id)
  const here = open.filter((one) => one.provider === provider.id)
  const askFirst = provider.readOnly ? {} : { askFirst: await choices.isOn(user, provider.id) }
  const live = at.connections.filter(isLive)
  const byDefault = live.length > 1 ? defaultOf(at) : undefined
  const uses = await Promise.all(at.connections.map(({ id }) => usesOfConnections.list(user, provider.id, id)))

  const rowOf = (
    connection: Connection | undefined,
    pending: Authorization | undefined,
    used: ConnectionUse[] = [],
  ) => {
    const missing = isLive(connection)
      ? lackingScopes(
          provider,
          splitScopes(connection.granted),
          scopesToAsk(provider, splitScopes(connection.entry.scopes)),
        )
      : []
    return {
      provider: provider.id,
      displayName: provider.displayName,
      status: pending ? ('consent_pending' as const) : statusOf(connection, missing),
      scopes: connection?.entry ? scopesInWords(provider, inOrder(provider, splitScopes(connection.granted))) : [],
      ...(missing.length > 0 && { missing: scopesInWords(provider, missing) }),
      ...(!isLive(connection) && { asks: scopesInWords(provider, asksOf(provider, pending, at)) }),
      ...(provider.accountChoice && { canAskForAccount: true }),
      ...(connection && detailsOf(connection, at)),
      ...(byDefault && isLive(connection) && { isDefault: byDefault.id === connection.id }),
      ...(connection?.entry && usesOf(used)),
      ...(pending && pendingOf(pending)),
      ...askFirst,
    }
  }
  const isFor = (authorization: Authorization, connection: Connection) => authorization.connection === connection.id
  const rows = at.connections.map((connection, i) =>
    rowOf(
      connection,
      here.find((one) => isFor(one, connection)),
      uses[i],
    ),
  )
  // These accounts are asked for, and not connected yet.
  const asked = here.filter((one) => !at.connections.some((connection) => isFor(one, connection)))
  rows.push(...asked.map((pending) => rowOf(undefined, pending)))
  return rows.length > 0 ? rows : [rowOf(undefined, undefined)]
}

const asksOf = (provider: OfferedProvider, pending: Authorization | undefined, at: ConnectionsAt) =>
  pending ? scopesAsked(pending, provider, at) : scopesToAsk(provider)

const pendingOf = ({ id, hint, expiresAt }: Authorization) => ({
  authorizationId: id,
  pendingUntil: time(expiresAt),
  ...(hint && { askedAccount: hint }),
})

function detailsOf(connection: Connection, at: ConnectionsAt) {
  const { id, name, status, entry, generation, since, endedAt, outcome, insteadOf } = connection
  const expected = status === 'wrong_account' ? find(at, insteadOf)?.name : undefined
  return {
    accountId: id,
    ...(name !== undefined && { account: name }),
    ...(status === 'wrong_account' && { generation }),
    ...(expected !== undefined && { askedAccount: expected }),
    ...(entry && { connectedAt: time(since) }),
    ...(!entry && endedAt !== undefined && { disconnectedAt: time(endedAt) }),
    ...(!entry && outcome !== undefined && { outcome }),
  }
}

function usesOf(uses: readonly ConnectionUse[]): Pick<ListedConnection, 'uses' | 'lastUsedBy'> {
  const shown = uses.map((use) => ({ ...use, usedAt: time(use.usedAt) }))
  const byClient = shown.find(({ client }) => client)
  return {
    ...(shown.length > 0 && { uses: shown }),
    ...(byClient?.client && { lastUsedBy: { ...byClient.client, usedAt: byClient.usedAt } }),
  }
}

const time = (ms: number) => new Date(ms).toISOString()

/** In the order in which the provider's folder describes them. */
const inOrder = ({ scopeDescriptions }: OfferedProvider, granted: readonly string[]): string[] => [
  ...Object.keys(scopeDescriptions).filter((scope) => granted.includes(scope)),
  ...granted.filter((scope) => !Object.hasOwn(scopeDescriptions, scope)),
]

function statusOf(connection: Connection | undefined, missing: readonly string[]): ListedConnection['status'] {
  if (connection?.status !== 'connected') return connection?.status ?? 'not_connected'
  return missing.length > 0 ? 'missing_scopes' : 'connected'
}

/** What MCP clients have asked for and the user has not begun yet, the newest first. */
export async function listOfClients(
  { userRef }: Pick<CurrentUserSession, 'userRef'>,
  ports: Pick<Ports, 'offered' | 'connections' | 'authorizations'> & { clock(): number },
): Promise<ClientAuthorization[]> {
  const open = (await ports.authorizations.listOpen(userRef)).filter((one) => isOpen(one, ports.clock()))
  const rows = open.toReversed().map(async (one): Promise<ClientAuthorization[]> => {
    const provider = ports.offered.get(one.provider)
    if (!one.client || !provider) return []
    const at = await ports.connections.read(userRef, one.provider)
    return [
      {
        ...one.client,
        provider: one.provider,
        displayName: provider.displayName,
        scopes: scopesInWords(provider, scopesAsked(one, provider, at)),
        startUrl: startAuthorizationPath(one.id),
        expiresAt: time(one.expiresAt),
      },
    ]
  })
  return (await Promise.all(rows)).flat()
}
