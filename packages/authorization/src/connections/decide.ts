/**
 * What a connection becomes: every decision about the pointers, without Redis. Each function returns the next record, or undefined to leave it. What a
 * pointer leaves is listed in the same record.
 */

import {
  ACCOUNTS_PER_PROVIDER,
  type Connection,
  type ConnectionId,
  type ConnectionsAt,
  type DisconnectOutcome,
  type Entry,
  type Left,
} from '@agent-identity/contracts'
import { isSameEntry } from '../entry.ts'

/** Longer than any authorization can take: a forgotten end can meet no consent from before it. */
const ENDED_KEPT_MS = 24 * 3_600_000

export type Live = Connection & { entry: Entry }

export const isLive = (connection: Connection | undefined): connection is Live =>
  connection?.entry !== undefined &&
  (connection.status === 'connected' || connection.status === 'needs_reauthorization')

export const find = (at: ConnectionsAt, id: ConnectionId | undefined): Connection | undefined =>
  id === undefined ? undefined : at.connections.find((one) => one.id === id)

/** The user's choice, else the oldest that can be used. */
export function defaultOf(at: ConnectionsAt): Live | undefined {
  const live = at.connections.filter(isLive)
  const oldest = (of: Live[]) => of.toSorted((one, other) => one.since - other.since)[0]
  return (
    live.find(({ id }) => id === at.byDefault) ??
    oldest(live.filter(({ status }) => status === 'connected')) ??
    oldest(live)
  )
}

/** In whose name, and why. */
export type LeftBy = Pick<Left, 'userSession' | 'requestId' | 'since'>

/** The token of a consent, and what the vendor says of it. */
export interface Came {
  entry: Entry
  /** The vendor's stable id; empty where it names none. */
  account: string
  name?: string | undefined
  granted: string
  /** When the consent was started (Unix, ms), and the generation of the connections then. */
  since: number
  asOf: number
  expected?: ConnectionId | undefined
  /** False: its authorization has ended without it. */
  isNeeded: boolean
  /** Of a connection that is new. */
  newId: ConnectionId
  by: LeftBy
}

/** `ended`: what it was for has ended. Without `next` it has arrived before. */
export type Arrival =
  | { outcome: 'connected' | 'wrong-account'; connection: Connection; next?: ConnectionsAt }
  | { outcome: 'ended' | 'account-is-connected' | 'too-many'; next: ConnectionsAt }

/** Step 10: where the pointer goes. Safe to repeat. */
export function arrive(at: ConnectionsAt, came: Came): Arrival {
  const { entry, account } = came
  const before = at.connections.find((one) => one.account === account)
  if (before && isSameEntry(before.entry, entry))
    return { outcome: before.status === 'wrong_account' ? 'wrong-account' : 'connected', connection: before }
  // Another look at this start has given it up, and its entry is being cleared.
  if (at.left.some((one) => isSameEntry(one.entry, entry))) return { outcome: 'ended', next: at }
  const withLeft = (why: Left['why']): ConnectionsAt => leave(at, { ...came.by, entry, why, account }) ?? at

  const expected = find(at, came.expected)
  if (!came.isNeeded || at.floor > came.asOf || [before, expected].some((one) => one && one.generation > came.asOf))
    return { outcome: 'ended', next: withLeft('ended') }
  // Two consents of one account: the pointer stays with the later one, whichever is settled last.
  if (isLive(before) && before.since > came.since)
    return { outcome: 'connected', connection: before, next: withLeft('superseded') }
  const isExpected = came.expected === undefined || expected?.account === account
  if (!isExpected && isLive(before)) return { outcome: 'account-is-connected', next: withLeft('superseded') }
  const room = before ? at.connections : withRoom(at.connections, came.since)
  if (!room) return { outcome: 'too-many', next: withLeft('unused') }

  // Where no label separates, another connection may have pointed to the same entry: its token is gone.
  const generation = room.some((one) => isSameEntry(one.entry, entry)) ? at.generation + 1 : at.generation
  const others = room
    .filter((one) => one !== before)
    .map((one) => (isSameEntry(one.entry, entry) ? withoutEntry(one, generation) : one))
  const connection: Connection = {
    id: before?.id ?? came.newId,
    account,
    ...(came.name === undefined ? {} : { name: came.name }),
    status: isExpected ? 'connected' : 'wrong_account',
    entry,
    granted: came.granted,
    generation: before?.generation ?? 0,
    since: came.since,
    ...(isExpected || came.expected === undefined ? {} : { insteadOf: came.expected }),
  }
  const moved = { ...at, generation, connections: [...others, connection] }
  const superseded = before?.entry && leave(moved, { ...came.by, entry: before.entry, why: 'superseded', account })
  return { outcome: isExpected ? 'connected' : 'wrong-account', connection, next: superseded ?? moved }
}

/** The connections, without the oldest that has ended, if there is no room for another one. */
function withRoom(connections: readonly Connection[], now: number): readonly Connection[] | undefined {
  if (connections.length < ACCOUNTS_PER_PROVIDER) return connections
  const [oldest] = connections
    .filter(({ status, endedAt = now }) => status === 'disconnected' && endedAt <= now - ENDED_KEPT_MS)
    .toSorted((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0))
  return oldest && connections.filter((one) => one !== oldest)
}

/** Whether another account can be connected. */
export const hasRoom = ({ connections }: ConnectionsAt, now: number): boolean =>
  withRoom(connections, now) !== undefined

/** @returns undefined when something points to the entry, or it is listed already */
export function leave(at: ConnectionsAt, left: Left): ConnectionsAt | undefined {
  if ([...at.connections, ...at.left].some((one) => isSameEntry(one.entry, left.entry))) return undefined
  return { ...at, left: [...at.left, left] }
}

/**
 * Moves the generation: no call goes on, and no consent that was started before connects.
 *
 * @param id absent: all of them, and starts for a new account connect nothing either
 */
export function end(at: ConnectionsAt, id: ConnectionId | undefined, by: LeftBy): ConnectionsAt {
  const generation = at.generation + 1
  const ending = at.connections.filter((one) => one.entry && (id === undefined || one.id === id))
  const connections = at.connections.map(
    (one): Connection =>
      ending.includes(one) ? { ...withoutEntry(one, generation), status: 'disconnecting', endedAt: by.since } : one,
  )
  const next = { ...at, generation, connections, ...(id === undefined ? { floor: generation } : {}) }
  return ending.reduce((all, { id: connection, entry, account }): ConnectionsAt => {
    const left = entry && leave(all, { ...by, entry, why: 'ended', account, of: { connection, generation } })
    return left ?? all
  }, next)
}

function withoutEntry(one: Connection, generation: number): Connection {
  const { entry: _entry, insteadOf: _instead, outcome: _outcome, ...rest } = one
  return { ...rest, status: 'disconnected', generation }
}

/** The vault has no token any more, or the vendor has refused it. Not where a consent has moved the pointer since. */
export function needsReauthorization(at: ConnectionsAt, id: ConnectionId, entry: Entry): ConnectionsAt | undefined {
  return changed(at, id, (one) =>
    one.status === 'connected' && isSameEntry(one.entry, entry)
      ? { ...one, status: 'needs_reauthorization' }
      : undefined,
  )
}

/** "Use it". @param seen the generation that the user saw */
export function accept(at: ConnectionsAt, id: ConnectionId, seen: number): ConnectionsAt | undefined {
  return changed(at, id, (one) => {
    if (one.status !== 'wrong_account' || one.generation !== seen) return undefined
    const { insteadOf: _, ...rest } = one
    return { ...rest, status: 'connected' }
  })
}

/** What became of the token of an ended connection, which may have begun and ended again since. */
export function outcome(
  at: ConnectionsAt,
  { connection, generation }: NonNullable<Left['of']>,
  became: DisconnectOutcome,
): ConnectionsAt | undefined {
  return changed(at, connection, (one) =>
    // What the vendor has confirmed stands: another replica may have read the entry after it was cleared.
    one.generation === generation && one.entry === undefined && one.outcome !== 'revoked'
      ? { ...one, status: 'disconnected', outcome: became }
      : undefined,
  )
}

/**
 * Of an erased user: what has ended names no account any more, and what cannot be ended is not listed. Parameters of an entry may name an account.
 *
 * @returns undefined when nothing is to be removed
 */
export function forget(at: ConnectionsAt): ConnectionsAt | undefined {
  const connections = at.connections.map((one) => (one.status === 'disconnected' ? withoutAccount(one) : one))
  const isEnding = ({ of }: Left) =>
    connections.some((one) => one.id === of?.connection && one.status === 'disconnecting')
  const left = at.left.filter(isEnding)
  const isSame = left.length === at.left.length && connections.every((one, i) => one === at.connections[i])
  return isSame ? undefined : { ...at, connections, left }
}

/** The stable id is replaced by one that no vendor gives. */
function withoutAccount(one: Connection): Connection {
  const { id, status, generation, since, endedAt, outcome: became } = one
  const account = `erased ${id}`
  if (one.account === account) return one
  return {
    ...{ id, account, status, granted: '', generation, since },
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(became === undefined ? {} : { outcome: became }),
  }
}

/** @param next of an entry that was left; undefined: nothing more is to be done with it */
export function leftBecomes(at: ConnectionsAt, left: Left, next: Left | undefined): ConnectionsAt | undefined {
  const i = at.left.findIndex((one) => isSameEntry(one.entry, left.entry))
  return i < 0 ? undefined : { ...at, left: at.left.toSpliced(i, 1, ...(next ? [next] : [])) }
}

function changed(
  at: ConnectionsAt,
  id: ConnectionId,
  next: (one: Connection) => Connection | undefined,
): ConnectionsAt | undefined {
  const one = find(at, id)
  const now = one && next(one)
  return now && { ...at, connections: at.connections.map((other) => (other === one ? now : other)) }
}
