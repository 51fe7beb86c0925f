import type {
  DisconnectOutcome,
  Entry,
  Left,
  ProviderId,
  RevocationWay,
  UserRef,
  UserSessionRef,
  VendorRevocation,
} from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'
import type { Connections, Who } from '../connections/connections.ts'
import { isLive } from '../connections/decide.ts'
import { type Later, later } from '../later.ts'
import type { Vault } from '../vault.ts'

/** How long a vendor is asked to end a token. */
export const REVOKED_WITHIN_MS = 24 * 3_600_000
/** How long an entry is remembered that can only be cleared in a later user session. */
const LEFT_KEPT_MS = 30 * 24 * 3_600_000

export interface SettleLeftPorts {
  connections: Pick<Connections, 'read' | 'leftBecomes' | 'outcome'>
  vault: Pick<Vault, 'read' | 'clear'>
  /** The access tokens that were read to be revoked, sealed: a sign-out must not keep them alive. */
  tokens: {
    read(user: UserRef, entry: Entry): Promise<string | undefined>
    keep(user: UserRef, entry: Entry, accessToken: string): Promise<void>
    forget(user: UserRef, entry: Entry): Promise<void>
  }
  /** @returns undefined for a provider that is not offered here; another replica may offer it */
  wayOf(provider: ProviderId): RevocationWay | undefined
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
  /** A user session of the user that lives: `first`, if it does. */
  liveSession(user: UserRef, first: UserSessionRef | undefined): Promise<UserSessionRef | undefined>
  /** Whether a consent of this user is under way at the provider: the vendor could end its token, too. */
  isConsenting(user: UserRef, provider: ProviderId): Promise<boolean>
  audit: Audit
  clock(): number
}

/**
 * What nothing points to: the vault can neither list nor delete an entry. Only the token of a connection that its user has ended is revoked, and only
 * while no other connection of the user has that account: a vendor may end the whole grant with any of its tokens.
 */
export async function settleLeft(user: UserRef, provider: ProviderId, ports: SettleLeftPorts): Promise<Later> {
  const { left } = await ports.connections.read(user, provider)
  let next: number | undefined
  for (const one of left) {
    const result = await settleOne(user, provider, one, ports)
    if (result !== 'settled') next = Math.min(next ?? result.later, result.later)
  }
  return next === undefined ? 'settled' : { later: next }
}

async function settleOne(user: UserRef, provider: ProviderId, left: Left, ports: SettleLeftPorts): Promise<Later> {
  const { connections, vault, tokens, clock } = ports
  const { entry, requestId, since } = left
  const way = ports.wayOf(provider)
  if (!way) return later(since, clock())
  if (left.notBefore !== undefined && clock() < left.notBefore) return { later: left.notBefore }
  const who: Who = { user, userSession: await ports.liveSession(user, left.userSession), requestId }

  if (left.why === 'ended' && left.outcome === undefined) {
    let accessToken = await tokens.read(user, entry)
    if (accessToken === undefined) {
      const read = await vault.read(who, entry)
      if (read.outcome === 'token') {
        accessToken = read.accessToken
        // Before the vault is asked to forget it.
        await tokens.keep(user, entry, accessToken)
        ports.audit({
          event: 'revocation_prepared',
          ...who,
          provider,
          ...(left.of && { accountId: left.of.connection }),
        })
      } else if (read.outcome !== 'none') return postponed(read.outcome)
    }
    const outcome = accessToken === undefined ? 'nothing_to_revoke' : await revoke(accessToken, way)
    if (outcome === undefined) return later(since, clock())
    await tell(outcome)
    await tokens.forget(user, entry)
    await connections.leftBecomes(user, provider, left, { ...left, outcome })
  }

  const cleared = await vault.clear(who, entry)
  if (cleared !== 'cleared') return postponed(cleared)
  await connections.leftBecomes(user, provider, left, undefined)
  return 'settled'

  async function tell(outcome: DisconnectOutcome): Promise<void> {
    if (left.of) await connections.outcome(who, provider, left.of, outcome)
  }

  /** @returns undefined when the vendor is to be asked again */
  async function revoke(accessToken: string, { by }: RevocationWay): Promise<DisconnectOutcome | undefined> {
    if (by === 'impossible' || left.account === undefined || clock() >= since + REVOKED_WITHIN_MS)
      return 'not_confirmed'
    const at = await connections.read(user, provider)
    if (at.connections.some((one) => isLive(one) && [left.account, ''].includes(one.account))) return 'not_confirmed'
    if (await ports.isConsenting(user, provider)) return undefined
    const answer = await ports.revoke(provider, accessToken)
    ports.audit({
      event: 'revocation_answered',
      ...who,
      provider,
      ...(left.of && { accountId: left.of.connection }),
      outcome: answer,
    })
    return answer === 'revoked' ? 'revoked' : undefined
  }

  /** Signed out: the user's next user session looks again. */
  async function postponed(why: 'unavailable' | 'signed-out' | 'refused'): Promise<Later> {
    const ends = since + LEFT_KEPT_MS
    const isOver = why === 'refused' || clock() >= ends
    // The page shows the end of the revocation now.
    if (left.outcome === undefined && (isOver || why === 'signed-out')) await tell('not_confirmed')
    if (!isOver) return why === 'signed-out' ? { later: ends } : later(since, clock())
    await connections.leftBecomes(user, provider, left, undefined)
    return 'settled'
  }
}
