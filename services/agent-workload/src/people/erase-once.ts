import type { Who } from '@agent-identity/authorization'
import type { Authorization, Erasure, ProviderId, StartId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { ErasurePorts } from './erasure-ports.ts'

export const providersOf = ({ offered }: Pick<ErasurePorts, 'offered'>): ProviderId[] =>
  [...offered.values()].filter(({ credential }) => credential === 'user').map(({ id }) => id)

interface Erased {
  userSessions: number
  connections: number
  conversations: number
}

/** How long an attempt waits for session binding's calls to AgentCore, and for AgentCore to give a token that is to be revoked. */
const ANSWERED_WITHIN_MS = 30_000

/**
 * One attempt. The details of a connection stay until its end is over. After a step that fails the next one is tried: a connection that
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
  const providers = providersOf(ports)
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

  const asked = (await attempt(() => ports.authorizations.list(user))) ?? []
  const asking = [...new Set(asked.flatMap(({ userSession }) => userSession ?? []))]
  const known = await userSessionsOf(user, [erasure.userSession ?? [], asking].flat(), ports, attempt)
  const who: Who = { user, requestId, ...(known[0] && { userSession: known[0].ref }) }
  let connections = 0
  const end = (by: Who, provider: ProviderId) =>
    attempt(async () => {
      connections += await ports.connections.end(by, provider)
    })
  for (const provider of providers) await end(who, provider)
  await attempt(() => untilAnswered(asked, ports))
  // In the name of a user session: once the user is signed out, the vault cannot be read.
  await Promise.all(
    providers.map((provider) => attempt(() => ports.connections.untilRead(user, provider, ANSWERED_WITHIN_MS))),
  )

  for (const userSession of known) await attempt(() => ports.userSessions.end(userSession, requestId))
  // A process that died after the end of a user session may have left what was asked for in it.
  for (const ref of asking) await attempt(() => ports.userSessions.onEnded(ref, user))

  if (!(await attempt(isHeld))) return notHeld()
  // Meanwhile a user session may have connected an account.
  for (const provider of providers)
    if (await attempt(() => ports.connections.isAnyLive(user, provider))) await end({ user, requestId }, provider)
  await attempt(() => ports.authorizations.erase(user))

  if (!(await attempt(isHeld))) return notHeld()
  await attempt(() => ports.choices.erase(user))
  let conversations = 0
  // When another replica has finished the erasure, the user may have signed in again: conversations that began later stay.
  const isUnderWay = (await attempt(() => ports.records.read(user)))?.erasure.state === 'begun'
  for (const id of (await attempt(() => ports.conversations.list(user))) ?? [])
    if (await attempt(() => ports.conversations.erase(id, user, isUnderWay ? undefined : endedAt))) conversations += 1

  if (failures.length > 0) throw failures[0]
  return { userSessions: known.length, connections, conversations }
}

type Attempt = <Result>(step: () => Promise<Result>) => Promise<Result | undefined>

/** A consent that was claimed before may still put a token into the vault: it is settled, so that its entry is cleared. */
async function untilAnswered(
  asked: readonly Authorization[],
  { starts, clock }: Pick<ErasurePorts, 'starts' | 'clock'>,
): Promise<void> {
  const giveUpAt = clock() + ANSWERED_WITHIN_MS
  const wait = async (id: StartId) => {
    const start = await starts.read(id)
    if (start?.status === 'binding') {
      const waitMs = Math.min(start.bindingEndsAt ?? 0, giveUpAt) - clock()
      if (waitMs > 0) await starts.untilAnswered(id, waitMs)
    }
    // What was bound before may not be settled yet.
    await starts.settle(id)
  }
  await Promise.all(asked.flatMap((one) => one.starts.map(wait)))
}

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
