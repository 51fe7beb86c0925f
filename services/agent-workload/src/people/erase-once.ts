import {
  type ConnectionRef,
  connectionOf,
  type Erasure,
  type PendingAuthorization,
  type ProviderId,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { ErasurePorts } from './erasure-ports.ts'

export const providersOf = ({ offered }: Pick<ErasurePorts, 'offered'>): ProviderId[] =>
  [...offered.values()].filter(({ credential }) => credential === 'user').map(({ id }) => id)

/**
 * Ends and erases everything of a user, once. A step that fails does not stand in the way of the next one: a connection that cannot be ended now
 * must not keep its user signed in.
 *
 * What is from after the end belongs to somebody who has signed in again: a repetition leaves it alone.
 *
 * @throws the first failure, after all steps: the erasure is not done.
 */
export async function eraseOnce(user: UserRef, erasure: Erasure, ports: ErasurePorts) {
  const { endedAt, requestId } = erasure
  const failures: unknown[] = []
  const attempt = async <Result>(step: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await step()
    } catch (failure) {
      failures.push(failure)
      return undefined
    }
  }

  const known = (await attempt(() => userSessionsOf(user, erasure, ports))) ?? []
  const listed = (await attempt(() => ports.authorizations.listOfUser(user))) ?? []
  const pending = listed.filter(({ record }) => record.createdAt <= endedAt)
  const inNameOf = { pending, userSession: known[0]?.ref }
  const connections = await attempt(() => endConnections(user, erasure, inNameOf, ports))
  for (const userSession of known) await attempt(() => ports.userSessions.end(userSession, requestId))
  // A process that died between the end of a user session and what follows it has left its authorizations behind.
  for (const ref of new Set(pending.map(({ id }) => userSessionRefOf(id))))
    await attempt(() => ports.userSessions.onEnded(ref))
  for (const { id } of pending) await attempt(() => ports.authorizations.forgetOfUser(user, id))
  await attempt(() => ports.recordsOfUser.erase(user))
  let conversations = 0
  for (const id of (await attempt(() => ports.conversations.list(user))) ?? [])
    if (await attempt(() => ports.conversations.erase(id, user, endedAt))) conversations += 1
  if (failures.length > 0) throw failures[0]
  return { userSessions: known.length, connections: connections ?? 0, conversations }
}

async function userSessionsOf(user: UserRef, { endedAt, userSession }: Erasure, { userSessions }: ErasurePorts) {
  // The one that asked, too, if the index has lost it.
  const own = userSession && (await userSessions.find(userSession))
  const listed = await userSessions.ofUser(user)
  const all = [...(own?.userRef === user ? [own] : []), ...listed.filter(({ ref }) => ref !== own?.ref)]
  return all.filter(({ signedInAt }) => signedInAt <= endedAt)
}

interface Pending {
  record: PendingAuthorization
}

/** @throws the first failure, after every connection was tried. */
async function endConnections(
  user: UserRef,
  { endedAt, requestId }: Erasure,
  { pending, userSession }: { pending: readonly Pending[]; userSession: UserSessionRef | undefined },
  { connections, ...ports }: ErasurePorts,
): Promise<number> {
  const ended = await Promise.allSettled(
    (await connectionsOf(user, pending, { connections, ...ports })).map(async (ref) => {
      const record = await connections.find(ref)
      const isFromBefore = record !== undefined && (record.connectedAt ?? 0) <= endedAt
      const isPending = ({ record: { provider, named } }: Pending) => provider === ref.provider && named === ref.named
      if (!isFromBefore && !pending.some(isPending)) return false
      const who = { ...ref, requestId, ...(userSession && { userSession }) }
      return (await connections.disconnect(who)) !== undefined
    }),
  )
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return ended.filter((one) => one.status === 'fulfilled' && one.value).length
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
