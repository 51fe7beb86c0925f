import {
  type Authorization,
  type AuthorizationFailedCode,
  type AuthorizationId,
  type Connection,
  type ConnectionId,
  type ConnectionsAt,
  type Entry,
  lackingScopes,
  type OfferedProvider,
  scopesInWords,
  splitScopes,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Connections } from '../connections/connections.ts'
import { defaultOf, find, isLive } from '../connections/decide.ts'
import { isSameEntry } from '../entry.ts'
import type { Vault } from '../vault.ts'
import type { Authorizations, Need } from './authorizations.ts'

/** Who asks for access: a run of a turn, or a call of an MCP client. */
export interface Asker {
  waiter: WaiterId
  user: UserRef
  /** In whose name the vault is asked. */
  userSession: UserSessionRef
  /** Absent: the consent may be given in any user session of the user. */
  onlyIn?: UserSessionRef | undefined
  client?: Authorization['client']
  turnId?: TurnId | undefined
  requestId: string
}

export type Access =
  | { outcome: 'token'; accessToken: string; connection: Connection & { entry: Entry } }
  /** The asker waits for this authorization. */
  | { outcome: 'authorization-required'; authorization: Authorization; isNew: boolean }
  /** Do not ask again in this turn. */
  | { outcome: 'declined'; code: AuthorizationFailedCode; account?: string | undefined }
  /** In words; empty when the vendor refuses the call although all that it needs was granted. */
  | { outcome: 'missing-scopes'; missing: readonly string[] }
  | { outcome: 'unknown-account' | 'unavailable' | 'refused' | 'signed-out' }

export interface Wanted {
  scopes: readonly string[]
  /** The user's connection; absent: the default. */
  connection?: ConnectionId | undefined
  /** The vendor has refused this token. */
  rejected?: { why: 'rejected' | 'scope-missing'; entry: Entry } | undefined
}

export interface AccessPorts {
  connections: Pick<Connections, 'read' | 'needsReauthorization'>
  authorizations: Pick<Authorizations, 'read' | 'open' | 'join' | 'find'>
  vault: Pick<Vault, 'read'>
  /** What this turn has asked for, over all of its runs. */
  asked: {
    find(what: string): Promise<AuthorizationId | undefined>
    /** Stores it and, in the same step, tells the browser, once. */
    keep(what: string, authorization: Authorization): Promise<void>
  }
}

/** A pointer that moves each time it is read is no reason to go on for ever. */
const TRIES = 4

/**
 * Steps 3 and 4: connection, entry, token; else an authorization to wait for. A turn that is resumed runs its tool again and comes here again: what
 * it has asked for before is in its memory, so that it does not ask twice for the same.
 */
export async function access(
  asker: Asker,
  provider: OfferedProvider,
  wanted: Wanted,
  ports: AccessPorts,
): Promise<Access> {
  const { user } = asker
  const { scopes } = wanted
  let { rejected } = wanted
  for (let tries = 0; tries < TRIES; tries++) {
    const at = await ports.connections.read(user, provider.id)
    const connection = wanted.connection ? find(at, wanted.connection) : defaultOf(at)
    if (wanted.connection && !connection) return { outcome: 'unknown-account' }

    let what = [provider.id, ...(wanted.connection ? [wanted.connection] : [])].join(' ')
    let before = await askedBefore(what, asker, scopes, ports)
    if (before && 'outcome' in before) return before
    // Its user has consented in this turn, and has ended the connection since.
    if (before?.connection && !isLive(find(at, before.connection))) return { outcome: 'declined', code: 'cancelled' }

    const lacking = isLive(connection) ? lackingScopes(provider, splitScopes(connection.granted), scopes) : scopes
    // What its user left out of a first consent is asked for once more, with words about it.
    if (before?.was === 'connected-with-enough' && before.isFirst && lacking.length > 0) {
      what = `${what} again`
      before = await askedBefore(what, asker, scopes, ports)
      if (before && 'outcome' in before) return before
    }
    if (isLive(connection) && connection.status === 'connected' && lacking.length === 0) {
      // The pointer has moved since: the token that was refused is of an earlier consent.
      if (rejected && !isSameEntry(rejected.entry, connection.entry)) rejected = undefined
      if (rejected?.why === 'scope-missing') return { outcome: 'missing-scopes', missing: [] }
      const read = rejected
        ? ({ outcome: 'none' } as const)
        : await ports.vault.read(asker, connection.entry, { turnId: asker.turnId, correlationId: asker.requestId })
      if (read.outcome === 'token') return { outcome: 'token', accessToken: read.accessToken, connection }
      if (read.outcome !== 'none') return { outcome: read.outcome }
      // Where a consent moved the pointer meanwhile, the new entry is read; where one is under way, it is waited for.
      const lost = await ports.connections.needsReauthorization(user, provider.id, connection.id, connection.entry)
      if (!lost) continue
      rejected = undefined
    }

    if (before?.was === 'connected-with-enough')
      return lacking.length > 0
        ? { outcome: 'missing-scopes', missing: scopesInWords(provider, lacking) }
        : { outcome: 'declined', code: 'failed' }
    const required = await ask(asker, provider, { at, connection, scopes, what }, ports)
    if (required) return required
  }
  return { outcome: 'unavailable' }
}

interface AskedBefore {
  was: 'connected-with-enough' | 'over'
  /** That the consent has connected. */
  connection?: ConnectionId | undefined
  /** No account was expected. */
  isFirst?: boolean
}

/** @returns undefined when the turn has not asked yet */
async function askedBefore(
  what: string,
  { user, waiter }: Asker,
  scopes: readonly string[],
  { asked, authorizations }: AccessPorts,
): Promise<Access | AskedBefore | undefined> {
  const id = await asked.find(what)
  const before = id && (await authorizations.read(user, id))
  if (!before) return id && { was: 'over' }
  if (!before.end) {
    const authorization = await authorizations.join(user, before.id, { waiter, scopes })
    if (authorization) return { outcome: 'authorization-required', authorization, isNew: false }
    const now = await authorizations.read(user, before.id)
    if (!now?.end) return { outcome: 'declined', code: 'expired' }
    return ofEnd(now, scopes)
  }
  return ofEnd(before, scopes)
}

function ofEnd({ end, connection }: Authorization, scopes: readonly string[]): Access | AskedBefore {
  if (end?.outcome === 'failed') return { outcome: 'declined', code: end.code, account: end.account }
  const asked = splitScopes(end?.scopes)
  const was = scopes.every((scope) => asked.includes(scope)) ? 'connected-with-enough' : 'over'
  return { was, connection: end?.connection, isFirst: connection === undefined }
}

/** @returns undefined when a consent was settled meanwhile: then there is a connection to read */
async function ask(
  asker: Asker,
  provider: OfferedProvider,
  need: { at: ConnectionsAt; connection: Connection | undefined; scopes: readonly string[]; what: string },
  ports: AccessPorts,
): Promise<Access | undefined> {
  const { user, waiter, onlyIn, client, requestId } = asker
  const { at, connection, scopes, what } = need
  const asked: Need = {
    owner: user,
    provider: provider.id,
    displayName: provider.displayName,
    ...(onlyIn === undefined ? {} : { userSession: onlyIn }),
    ...(client === undefined ? {} : { client }),
    ...(isLive(connection) ? { connection: connection.id } : {}),
    ...(isLive(connection) && connection.name !== undefined ? { hint: connection.name } : {}),
    // An account that was not the expected one came before: the vendor would silently choose it again.
    ...(at.connections.some(({ status }) => status === 'wrong_account') ? { chooser: true } : {}),
    correlationId: requestId,
  }
  if (!(await ports.authorizations.find(asked))) {
    // A consent that is settled writes its connection before it ends its authorization.
    const now = await ports.connections.read(user, provider.id)
    if (JSON.stringify(now) !== JSON.stringify(at) && isNewsFor(connection, now)) return undefined
  }
  const opened = await ports.authorizations.open(asked, { waiter, scopes }, asker.turnId)
  if (opened.outcome === 'too-many') return { outcome: 'declined', code: 'failed' }
  await ports.asked.keep(what, opened.authorization)
  return { outcome: 'authorization-required', authorization: opened.authorization, isNew: opened.isNew }
}

function isNewsFor(before: Connection | undefined, at: ConnectionsAt): boolean {
  const now = before ? find(at, before.id) : defaultOf(at)
  return now?.status === 'connected' && !isSameEntry(now.entry, before?.entry)
}
