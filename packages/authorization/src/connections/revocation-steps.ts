import { jwtExpiry } from '@agent-identity/agentcore-identity'
import {
  type ConnectionRef,
  type ProviderId,
  type Revocation,
  type RevocationWay,
  splitScopes,
  type VaultEntry,
  type VendorRevocation,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import { isOf } from './asking.ts'
import { REVOCATION_KEPT_MS } from './connection-records.ts'
import { whichOf } from './connection-state.ts'
import type { ConnectionVault } from './connection-vault.ts'

export interface RevocationSteps {
  ref: ConnectionRef
  way: RevocationWay
  vault: ConnectionVault
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
  /** A revocation could end the token of a consent that is under way. */
  isConsentingNow(): Promise<boolean>
  /** When one token of an account is revoked, the vendor may end the account's other tokens, too. */
  isInUse(left: Revocation): Promise<boolean>
  audit: Audit
  clock: Clock
}

/** A vendor that is being restarted may refuse for a while: its refusals count only after this time. */
export const REFUSED_FOR_MS = 5 * 60_000

export const AGENTCORE_ASKED_FOR_MS = 24 * 3_600_000

export async function readTokens(before: Revocation, steps: RevocationSteps): Promise<Revocation> {
  if (before.toRead.length === 0) return before
  const { vault, audit, clock } = steps
  const next = { ...before, toRead: [] as VaultEntry[], toForget: [...before.toForget], tokens: [...before.tokens] }
  const isTooLate = clock() >= before.since + AGENTCORE_ASKED_FOR_MS
  for (const entry of before.toRead) {
    const { userSession } = before
    const reply =
      userSession && !isTooLate
        ? await vault.read({ ...steps.ref, requestId: before.requestId, userSession, entry })
        : ({ outcome: 'signed-out' } as const)
    if (reply.outcome === 'unavailable') next.toRead.push(entry)
    else if (reply.outcome === 'signed-out') next.notRead += 1
    else next.toForget.push(entry)
    // It is not known what took the token out of the vault: the token may be alive at the vendor.
    if (reply.outcome === 'none' && before.bound?.some((one) => isOf(one, entry))) next.notRead += 1
    if (reply.outcome !== 'token' || next.tokens.some(({ token }) => token === reply.accessToken)) continue
    const one = { token: reply.accessToken, ...lifeOf(reply.accessToken, steps) }
    // A token that cannot be revoked is not kept.
    if (steps.way.by === 'impossible') stopRevoking(next, one)
    else next.tokens.push(one)
  }
  next.bound = before.bound?.filter((one) => next.toRead.some((entry) => isOf(entry, one)))
  const tokens = next.tokens.length + next.notConfirmed - before.notConfirmed
  if (next.toRead.length === 0) audit({ event: 'revocation_prepared', ...of(next, steps), tokens })
  return next
}

export async function forgetEntries(before: Revocation, steps: RevocationSteps): Promise<Revocation> {
  const toForget: VaultEntry[] = []
  // AgentCore may refuse for ever. The entry is not used without another consent.
  if (steps.clock() >= before.since + AGENTCORE_ASKED_FOR_MS) return { ...before, toForget }
  for (const entry of before.toForget) {
    if (await steps.isConsentingNow()) {
      toForget.push(entry)
      continue
    }
    const { userSession } = before
    const asked = { ...steps.ref, requestId: before.requestId, entry }
    const outcome = userSession ? await steps.vault.forget({ ...asked, userSession }) : 'signed-out'
    if (outcome === 'unavailable') toForget.push(entry)
    if (outcome === 'forgotten')
      steps.audit({ event: 'vault_entry_cleared', ...of(before, steps), scopes: splitScopes(entry.scopes) })
  }
  return { ...before, toForget }
}

export async function revokeTokens(before: Revocation, steps: RevocationSteps): Promise<Revocation> {
  const next = { ...before, tokens: [] as Revocation['tokens'] }
  for (const one of before.tokens) {
    // A token may live for longer than it may be kept here.
    const until = Math.min(one.endsAt, one.keptUntil ?? before.since + REVOCATION_KEPT_MS)
    if (steps.way.by === 'impossible' || steps.clock() >= until) {
      stopRevoking(next, one)
      continue
    }
    if (await steps.isConsentingNow()) {
      next.tokens.push(one)
      continue
    }
    if (await steps.isInUse(before)) {
      stopRevoking(next, one)
      continue
    }
    const outcome = await steps.revoke(steps.ref.provider, one.token)
    steps.audit({ event: 'revocation_answered', ...of(before, steps), outcome })
    const { refusedSince = steps.clock(), ...token } = one
    if (outcome === 'revoked') next.revoked += 1
    else if (outcome === 'unavailable') next.tokens.push(token)
    else if (steps.clock() >= refusedSince + REFUSED_FOR_MS) stopRevoking(next, token)
    else next.tokens.push({ ...token, refusedSince })
  }
  return next
}

function stopRevoking(next: Revocation, { endsAt, endsByItself }: Revocation['tokens'][number]): void {
  next.notConfirmed += 1
  if (!endsByItself) return
  next.endKnown = (next.endKnown ?? 0) + 1
  next.tokenEndsAt = Math.max(next.tokenEndsAt ?? 0, endsAt)
}

const of = ({ requestId, userSession }: Revocation, { ref }: RevocationSteps) => ({
  requestId,
  userSession,
  ...whichOf(ref),
})

/**
 * Adds a token that the caller has already read. A token that the vendor cannot end, or of a provider that is not offered here, is only counted.
 *
 * @param toRead the entries of the token's consent that are still to be read. With any, a token of a provider that is not offered is counted then.
 */
export function withToken(
  before: Revocation,
  token: string,
  { way, toRead, clock }: { way: RevocationWay | undefined; toRead: readonly VaultEntry[]; clock: Clock },
): Revocation {
  if (before.tokens.some((one) => one.token === token)) return before
  if (way && way.by !== 'impossible')
    return { ...before, tokens: [...before.tokens, { token, ...lifeOf(token, { way, clock }) }] }
  if (!way) return toRead.length > 0 ? before : { ...before, notRead: before.notRead + 1 }
  const next = { ...before }
  stopRevoking(next, { token, ...lifeOf(token, { way, clock }) })
  return next
}

function lifeOf(
  token: string,
  { way, clock }: Pick<RevocationSteps, 'way' | 'clock'>,
): { endsAt: number; endsByItself: boolean; keptUntil: number } {
  const { accessTokenSeconds } = way
  const longest = accessTokenSeconds === undefined ? undefined : clock() + accessTokenSeconds * 1_000
  const endsAt = jwtExpiry(token) ?? longest
  const keptUntil = clock() + REVOCATION_KEPT_MS
  return { endsAt: endsAt ?? keptUntil, endsByItself: endsAt !== undefined, keptUntil }
}
