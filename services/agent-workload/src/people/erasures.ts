import { setTimeout as delay } from 'node:timers/promises'
import type { createDueSet, Disconnecting, ErasureRecords, RecordsOfUser } from '@agent-identity/authorization'
import type {
  AuthorizationId,
  ConnectionRecord,
  ConnectionRef,
  Erasure,
  OfferedProviders,
  PendingAuthorization,
  ProviderId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import { connectionOf, userSessionRefOf } from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { ConversationsOfUser } from '../turns/conversations-of-user.ts'

export interface ErasurePorts {
  records: ErasureRecords
  due: ReturnType<typeof createDueSet<UserRef>>
  offered: OfferedProviders
  connections: {
    refsOf(user: UserRef, provider: ProviderId): Promise<ConnectionRef[]>
    find(ref: ConnectionRef): Promise<ConnectionRecord | undefined>
    disconnect(who: Disconnecting): Promise<ConnectionRecord | undefined>
    forgetDetails(user: UserRef, provider: ProviderId): Promise<'forgotten' | 'later'>
  }
  authorizations: {
    listOfUser(user: UserRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]>
    forgetOfUser(user: UserRef, id: AuthorizationId): Promise<void>
  }
  userSessions: {
    find(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
    ofUser(user: UserRef): Promise<CurrentUserSession[]>
    /** For every replica, with its tokens. */
    end(userSession: CurrentUserSession, requestId: string): Promise<void>
    /** What waited for this user session, which has ended. */
    onEnded(ref: UserSessionRef): Promise<void>
  }
  conversations: Pick<ConversationsOfUser, 'list' | 'erase'>
  recordsOfUser: Pick<RecordsOfUser, 'erase'>
  audit: Audit
  clock: Clock
}

/** Who is ended, by whom; `actor` is the user session of the request. */
export interface Ending {
  user: UserRef
  by: Erasure['by']
  actor: Pick<CurrentUserSession, 'ref' | 'userRef'>
  requestId: string
}

/** How long one request waits for another one, in milliseconds. */
const WAIT_AT_MOST_MS = 10_000
const POLL_MS = 50

/** When another replica looks, should this one die at it, in milliseconds. Longer than the whole work takes. */
const LOOK_AFTER_MS = 30_000

/**
 * Ends users. The order is the point: first what was issued to them is refused; then their connections are latched, and their access tokens read
 * for revocation while there is still a user session in whose name the vault is read; then they are signed out everywhere; then their records
 * are erased. Each step may be repeated. What is due stands in Redis before the first one, so that any replica goes on where another one died.
 */
export function createErasures(ports: ErasurePorts) {
  const { records, due, audit, clock } = ports

  /**
   * Two requests at once do their work one after the other: the second one would end the user session in whose name the first one still reads
   * the token vault. One that does not come to its end has died.
   */
  async function untilNoOtherIsAtIt(user: UserRef) {
    for (;;) {
      const seen = await records.read(user)
      if (seen?.erasure.state !== 'begun' || clock() >= seen.erasure.endedAt + WAIT_AT_MOST_MS) return seen
      await delay(POLL_MS)
    }
  }

  async function mark({ user, by, actor, requestId }: Ending): Promise<void> {
    audit({ event: 'erasure_asked', requestId, user: actor.userRef, userSession: actor.ref, erasedUser: user, by })
    // Before the mark, in another slot: what is due without a mark is swept away, a mark without it would wait for ever.
    await due.lookAt(user, clock() + LOOK_AFTER_MS)
    for (;;) {
      const seen = await untilNoOtherIsAtIt(user)
      const begun: Erasure = {
        endedAt: clock(),
        by,
        requestId,
        state: 'begun',
        ...(actor.userRef === user && { userSession: actor.ref }),
      }
      if (await records.write(user, seen, begun)) return
    }
  }

  async function goOn(user: UserRef): Promise<'settled' | { later: number }> {
    const seen = await records.read(user)
    if (!seen || seen.erasure.state === 'over') return 'settled'
    const { erasure } = seen
    if (erasure.state === 'begun') {
      const counted = await eraseOnce(user, erasure, ports)
      if (!(await records.write(user, seen, { ...erasure, state: 'erased' }))) return { later: clock() }
      audit({ event: 'user_erased', requestId: erasure.requestId, user, by: erasure.by, ...counted })
      return goOn(user)
    }
    const left = await Promise.all(providersOf(ports).map((id) => ports.connections.forgetDetails(user, id)))
    if (left.includes('later')) return { later: clock() + LOOK_AFTER_MS }
    const { userSession: _read, ...rest } = erasure
    return (await records.write(user, seen, { ...rest, state: 'over' })) ? 'settled' : { later: clock() }
  }

  const settle = (user: UserRef) => due.settle(user, () => goOn(user))

  return {
    /** From its answer on the user is signed out and erased; what a vendor has not confirmed is revoked later. Doing it twice does no harm. */
    async end(ending: Ending): Promise<void> {
      await mark(ending)
      const result = await settle(ending.user)
      if (result !== 'settled') await due.lookAt(ending.user, result.later)
    },

    settle,
  }
}

export type Erasures = ReturnType<typeof createErasures>

const providersOf = ({ offered }: Pick<ErasurePorts, 'offered'>): ProviderId[] =>
  [...offered.values()].filter(({ credential }) => credential === 'user').map(({ id }) => id)

/** What is from after the end belongs to somebody who has signed in again: a repetition leaves it alone. */
async function eraseOnce(user: UserRef, erasure: Erasure, ports: ErasurePorts) {
  const { endedAt, requestId } = erasure
  const known = await userSessionsOf(user, erasure, ports)
  const pending = (await ports.authorizations.listOfUser(user)).filter(({ record }) => record.createdAt <= endedAt)
  const connections = await endConnections(user, erasure, { pending, userSession: known[0]?.ref }, ports)
  for (const userSession of known) await ports.userSessions.end(userSession, requestId)
  // A process that died between the end of a user session and what follows it has left its authorizations behind.
  for (const ref of new Set(pending.map(({ id }) => userSessionRefOf(id)))) await ports.userSessions.onEnded(ref)
  for (const { id } of pending) await ports.authorizations.forgetOfUser(user, id)
  await ports.recordsOfUser.erase(user)
  let conversations = 0
  for (const id of await ports.conversations.list(user))
    if (await ports.conversations.erase(id, user, endedAt)) conversations += 1
  return { userSessions: known.length, connections, conversations }
}

async function userSessionsOf(user: UserRef, { endedAt, userSession }: Erasure, { userSessions }: ErasurePorts) {
  // The one that asked, too, if the index has lost it.
  const own = userSession && (await userSessions.find(userSession))
  const listed = await userSessions.ofUser(user)
  const all = [...(own?.userRef === user ? [own] : []), ...listed.filter(({ ref }) => ref !== own?.ref)]
  return all.filter(({ signedInAt }) => signedInAt <= endedAt)
}

async function endConnections(
  user: UserRef,
  { endedAt, requestId }: Erasure,
  {
    pending,
    userSession,
  }: { pending: readonly { record: PendingAuthorization }[]; userSession: UserSessionRef | undefined },
  { connections, ...ports }: ErasurePorts,
): Promise<number> {
  const ended = await Promise.all(
    (await connectionsOf(user, pending, { connections, ...ports })).map(async (ref) => {
      const record = await connections.find(ref)
      const isFromBefore = record !== undefined && (record.connectedAt ?? 0) <= endedAt
      const isPending = ({ record: { provider, named } }: Pending) => provider === ref.provider && named === ref.named
      if (!isFromBefore && !pending.some(isPending)) return false
      const who = { ...ref, requestId, ...(userSession && { userSession }) }
      return (await connections.disconnect(who)) !== undefined
    }),
  )
  return ended.filter(Boolean).length
}

interface Pending {
  record: PendingAuthorization
}

/** Every account that there is a record of, and every one that a consent is open for. */
async function connectionsOf(
  user: UserRef,
  pending: readonly Pending[],
  { connections, ...ports }: Pick<ErasurePorts, 'connections' | 'offered'>,
): Promise<ConnectionRef[]> {
  const known = await Promise.all(providersOf(ports).map((provider) => connections.refsOf(user, provider)))
  const all = [...known.flat(), ...pending.map(({ record }) => connectionOf(record))]
  return [...new Map(all.map((ref) => [`${ref.provider} ${ref.named}`, ref])).values()]
}
