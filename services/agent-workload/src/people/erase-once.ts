import { isBareLatch } from '@agent-identity/authorization'
import {
  type ConnectionRef,
  connectionOf,
  type Erasure,
  isEnded,
  type PendingAuthorization,
  type ProviderId,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { endOpenConsents } from './end-open-consents.ts'
import type { ErasurePorts } from './erasure-ports.ts'

export const providersOf = ({ offered }: Pick<ErasurePorts, 'offered'>): ProviderId[] =>
  [...offered.values()].filter(({ credential }) => credential === 'user').map(({ id }) => id)

interface Erased {
  userSessions: number
  connections: number
  conversations: number
}

/**
 * One attempt. The details of a connection stay until its revocation is over. After a step that fails the next one is tried: a connection that
 * cannot be ended now must not keep its user signed in.
 *
 * @param isHeld whether the mark is still this erasure's. When that is not certain, nothing more is erased: the user may have signed in again.
 * @returns nothing when the mark is not this erasure's any more.
 * @throws the first failure: the erasure is not done.
 */
export async function eraseOnce(
  user: UserRef,
  erasure: Erasure,
  ports: ErasurePorts,
  isHeld: () => Promise<boolean>,
): Promise<Erased | undefined> {
  const { endedAt, requestId } = erasure
  const failures: unknown[] = []
  const attempt: Attempt = async (step) => {
    try {
      return await step()
    } catch (failure) {
      failures.push(failure)
      return undefined
    }
  }
  const notHeld = () => {
    if (failures.length > 0) throw failures[0]
    return undefined
  }
  const listPending = async () => (await attempt(() => ports.authorizations.listOfUser(user))) ?? []

  const pending = (await attempt(() => endOpenConsents({ user, requestId }, ports))) ?? (await listPending())
  const asking = pending.map(({ id }) => userSessionRefOf(id))
  const known = await userSessionsOf(user, [erasure.userSession ?? [], asking].flat(), ports, attempt)
  const who = { user, requestId, ...(known[0] && { userSession: known[0].ref }) }
  const connections = await attempt(() => endConnections(who, pending, ports))
  for (const userSession of known) await attempt(() => ports.userSessions.end(userSession, requestId))
  // A process that died after the end of a user session may have left its authorizations behind.
  for (const ref of new Set(asking)) await attempt(() => ports.userSessions.onEnded(ref))
  if (!(await attempt(isHeld))) return notHeld()
  // Meanwhile a user session may have connected an account.
  const later = await listPending()
  const connectedLater = await attempt(() =>
    endConnections({ user, requestId }, later, ports, 'what has not been ended'),
  )
  // The list also has ids whose records are gone.
  await attempt(() => ports.authorizations.forgetOfUser(user))
  if (!(await attempt(isHeld))) return notHeld()
  await attempt(() => ports.recordsOfUser.erase(user))
  if (!(await attempt(isHeld))) return notHeld()
  // Not later, with the details of the connection, which may wait for a vendor: by then the user may have chosen another default.
  for (const provider of providersOf(ports)) await attempt(() => ports.connections.forgetDefault(user, provider))
  let conversations = 0
  // When another replica has finished the erasure, the user may have signed in again: conversations that began later stay.
  const isUnderWay = (await attempt(() => ports.records.read(user)))?.erasure.state === 'begun'
  for (const id of (await attempt(() => ports.conversations.list(user))) ?? [])
    if (await attempt(() => ports.conversations.erase(id, user, isUnderWay ? undefined : endedAt))) conversations += 1
  if (failures.length > 0) throw failures[0]
  return { userSessions: known.length, connections: (connections ?? 0) + (connectedLater ?? 0), conversations }
}

type Attempt = <Result>(step: () => Promise<Result>) => Promise<Result | undefined>

/** @param others in case the index has lost them or cannot be read: without a user session the token vault cannot be read. */
async function userSessionsOf(
  user: UserRef,
  others: readonly UserSessionRef[],
  { userSessions }: ErasurePorts,
  attempt: Attempt,
): Promise<CurrentUserSession[]> {
  const listed = (await attempt(() => userSessions.refsOfUser(user))) ?? []
  const found: CurrentUserSession[] = []
  // Their times are not compared with the mark: the clock of the replica where one began may be ahead.
  for (const ref of new Set([...others, ...listed])) {
    const userSession = await attempt(() => userSessions.find(ref))
    if (userSession?.userRef === user) found.push(userSession)
  }
  return found
}

interface Pending {
  record: PendingAuthorization
}

/**
 * Ends the accounts that there is a record of, or that an authorization was asked for. Without either, the account without a name gets a latch.
 *
 * @param which leaves alone what has been ended already, unless an authorization was asked for.
 * @returns how many were ended; without `which` also those that had ended before.
 * @throws the first failure: of a list before any account is ended, of an account after all were tried.
 */
async function endConnections(
  who: { user: UserRef; userSession?: UserSessionRef; requestId: string },
  pending: readonly Pending[],
  { connections, ...ports }: Pick<ErasurePorts, 'connections' | 'offered'>,
  which?: 'what has not been ended',
): Promise<number> {
  const { user } = who
  const providers = providersOf(ports)
  const known = await Promise.all(providers.map((provider) => connections.refsOf(user, provider)))
  const waiting = pending.map(({ record }) => connectionOf(record))
  const unnamed = providers.map((provider): ConnectionRef => ({ user, provider, named: undefined }))
  const nameOf = ({ provider, named }: ConnectionRef) => `${provider} ${named}`
  const isOpen = (ref: ConnectionRef) => waiting.some((one) => nameOf(one) === nameOf(ref))
  const all = new Map([...unnamed, ...known.flat(), ...waiting].map((ref) => [nameOf(ref), ref]))
  const ended = await Promise.allSettled(
    [...all.values()].map(async (ref) => {
      const record = await connections.find(ref)
      if (!record && !isOpen(ref)) {
        if (!ref.named) await connections.latchAbsent(user, ref.provider)
        return false
      }
      if (record && !isOpen(ref) && (isBareLatch(record) || (which && isEnded(record)))) return false
      const ended = await connections.disconnect({ ...ref, ...who, isErased: true })
      // Nothing was connected.
      if (!ended && !ref.named) await connections.latchAbsent(user, ref.provider)
      return ended !== undefined
    }),
  )
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return ended.filter((one) => one.status === 'fulfilled' && one.value).length
}
