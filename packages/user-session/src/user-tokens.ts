import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { KeyRing, UserSessionRef, UserTokens } from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger, type RedisClient } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from './current-user-session.ts'
import type { OidcClient } from './oidc-client.ts'
import { createRefreshLock } from './refresh-lock.ts'
import type { Revocations } from './revocations.ts'
import type { UserSessionReader } from './user-session-reader.ts'
import type { EndedUserSession } from './user-session-records.ts'
import { createUserTokensRecords, type StoredUserTokens } from './user-tokens-records.ts'

export type AccessTokenOutcome =
  /** `expiresAt`: Unix time in milliseconds. */
  | { outcome: 'token'; accessToken: string; expiresAt: number }
  /** This user session gives no access token any more. */
  | { outcome: 'signed-out' }
  /** A later attempt may succeed. */
  | { outcome: 'unavailable' }

export interface UserTokenStore {
  /** False when the user session has ended. */
  save(ref: UserSessionRef, tokens: UserTokens, ttlSeconds: number): Promise<boolean>
  /**
   * An access token that is valid for `minimumSeconds`, refreshed if necessary. A new token that is valid for less is returned, too;
   * without a refresh token the old one is, until it expires.
   */
  accessToken(ref: UserSessionRef, need: { minimumSeconds: number }): Promise<AccessTokenOutcome>
  /** The ID token is for OpenID Connect RP-Initiated Logout §2. */
  ofEnded(ended: EndedUserSession): { idTokenHint?: string | undefined; refreshToken?: string | undefined }
  /** Called in the replica that asked, after the refused refresh has ended the user session. */
  onRefused(listener: (userSession: CurrentUserSession) => Promise<void>): void
}

/** While another replica refreshes. */
const POLL_MS = 100
const POLLS = 120

const REPLACE_TRIES = 5
const REPLACE_PAUSE_MS = 500

export function createUserTokens(deps: {
  redis: RedisClient
  userTokensKeys: KeyRing
  sessions: Pick<UserSessionReader, 'find'>
  oidc: Pick<OidcClient, 'refresh'>
  revocations: Pick<Revocations, 'revoke' | 'mayFollow'>
  clock: Clock
  log: Logger
}): UserTokenStore {
  const { oidc, clock } = deps
  const records = createUserTokensRecords(deps)
  const lock = createRefreshLock(deps)
  const listeners: ((userSession: CurrentUserSession) => Promise<void>)[] = []
  const refreshing = new Map<UserSessionRef, Promise<AccessTokenOutcome>>()

  /** One refresh of a user session at a time in this process; {@link createRefreshLock} does the same among replicas. */
  function refreshOnce(ref: UserSessionRef, seen: StoredUserTokens, refreshToken: string) {
    const running = refreshing.get(ref)
    if (running) return running
    const started = refresh(ref, seen, refreshToken).finally(() => refreshing.delete(ref))
    refreshing.set(ref, started)
    deps.revocations.mayFollow(started)
    return started
  }

  async function refresh(ref: UserSessionRef, seen: StoredUserTokens, refreshToken: string) {
    for (let poll = 0; poll < POLLS; poll++) {
      const outcome = await lock.whileHeld(ref, async () => {
        // Another replica may have refreshed before we had the lock.
        const stored = await records.read(ref)
        if (stored?.sealed !== seen.sealed) return toOutcome(stored)
        return refreshAtIssuer(ref, stored, refreshToken)
      })
      if (outcome) return outcome
      await wait(POLL_MS)
      const stored = await records.read(ref)
      if (stored?.sealed !== seen.sealed) return toOutcome(stored)
    }
    return { outcome: 'unavailable' } as const
  }

  async function refreshAtIssuer(
    ref: UserSessionRef,
    seen: StoredUserTokens,
    refreshToken: string,
  ): Promise<AccessTokenOutcome> {
    // Read before the issuer is asked: when it answers, the user session may have ended.
    const userSession = await deps.sessions.find(ref)
    if (!userSession) return { outcome: 'signed-out' }
    const askedAt = clock()
    const result = await oidc.refresh({ refreshToken, idToken: seen.tokens.idToken })
    if (result.outcome === 'unavailable') return result
    if (result.outcome === 'refused') {
      const hasEnded = await records.end(ref, seen)
      // Another replica may have stored newer tokens.
      if (!hasEnded) return toOutcome(await records.read(ref))
      for (const listener of listeners) await listener(userSession)
      return { outcome: 'signed-out' }
    }
    const { expiresInSeconds, refreshToken: rotated, ...issued } = result.tokens
    const tokens: UserTokens = {
      ...issued,
      accessTokenExpiresAt: askedAt + expiresInSeconds * 1_000,
      // RFC 6749 §6: without rotation the old one stays valid.
      refreshToken: rotated ?? refreshToken,
    }
    let stored: { tokens: UserTokens } | undefined
    try {
      stored = (await replaced(ref, seen, tokens)) ? { tokens } : await records.read(ref)
    } finally {
      // The user session has ended (its end had only the old token to revoke), or Redis is away: a new token may be stored nowhere. Several
      // requests may wait, so the audit line has its own id. Not awaited: they, and the lock, do not wait for the issuer.
      if (!stored && rotated !== refreshToken)
        void deps.revocations.revoke(rotated, { requestId: randomUUID(), user: userSession.userRef, userSession: ref })
    }
    return toOutcome(stored)
  }

  /**
   * With rotation the old refresh token is spent, so a short absence of Redis is waited for. A try whose answer was lost may have
   * written: then the next one writes nothing.
   *
   * @returns false when the user session has ended, or what is stored is not `seen`.
   */
  async function replaced(ref: UserSessionRef, seen: StoredUserTokens, tokens: UserTokens): Promise<boolean> {
    for (let tries = 1; ; tries++)
      try {
        return await records.replace(ref, seen, tokens)
      } catch (error) {
        if (tries === REPLACE_TRIES || !isRedisAway(error)) throw error
        await wait(REPLACE_PAUSE_MS)
      }
  }

  return {
    save: (ref, tokens, ttlSeconds) => records.create(ref, tokens, ttlSeconds),
    async accessToken(ref, { minimumSeconds }) {
      const stored = await records.read(ref)
      if (!stored) return { outcome: 'signed-out' }
      const { accessTokenExpiresAt, refreshToken } = stored.tokens
      const secondsLeft = (accessTokenExpiresAt - clock()) / 1_000
      if (secondsLeft >= minimumSeconds) return toOutcome(stored)
      if (refreshToken === undefined) return secondsLeft > 0 ? toOutcome(stored) : { outcome: 'signed-out' }
      return refreshOnce(ref, stored, refreshToken)
    },
    ofEnded({ ref, sealedTokens }) {
      const tokens = sealedTokens === undefined ? undefined : records.open(ref, sealedTokens)
      return { idTokenHint: tokens?.idToken, refreshToken: tokens?.refreshToken }
    },
    onRefused: (listener) => void listeners.push(listener),
  }
}

const toOutcome = (stored: { tokens: UserTokens } | undefined): AccessTokenOutcome =>
  stored
    ? { outcome: 'token', accessToken: stored.tokens.accessToken, expiresAt: stored.tokens.accessTokenExpiresAt }
    : { outcome: 'signed-out' }
