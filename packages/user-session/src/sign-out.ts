import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  BROWSER_BINDING_COOKIE,
  ROUTES,
  USER_SESSION_COOKIE,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { requestIdOf } from '@agent-identity/service-runtime'
import type { RequestHandler, Response } from 'express'
import type { EndedElsewhere } from './audit.ts'
import type { CurrentUserSession } from './current-user-session.ts'
import { HOST_COOKIE } from './host-cookies.ts'
import type { SignInDeps } from './sign-in-deps.ts'

/** First the user session ends in this application, whatever fails later. */
export const signOut =
  (deps: SignInDeps): RequestHandler =>
  async (request, response) => {
    const current = deps.sessions.current(request)
    const ended = await deps.sessions.end(request)
    forgetBrowser(response)
    if (ended) await callOnSignOut(deps, ended.ref, current?.userRef)
    if (!current || !ended) return response.redirect(303, deps.publicUrl + ROUTES.signedOut)
    const { idTokenHint, refreshToken } = deps.tokens.ofEnded(ended)
    const actor = { requestId: requestIdOf(request), user: current.userRef, userSession: current.ref }
    deps.audit({ event: 'signed_out', ...actor })
    const revocation = deps.revocations.revoke(refreshToken, actor)
    const elsewhere = await deps.oidc.signOutUrl(idTokenHint)
    await atMost(revocation, REVOCATION_WAIT_MS)
    response.redirect(303, elsewhere ?? deps.publicUrl + ROUTES.signedOut)
  }

export function forgetBrowser(response: Response): void {
  response.clearCookie(USER_SESSION_COOKIE, HOST_COOKIE)
  response.clearCookie(BROWSER_BINDING_COOKIE, HOST_COOKIE)
}

/** The answer to a sign-out does not wait for a slower revocation. */
const REVOCATION_WAIT_MS = 1_000

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController()
  await Promise.race([work, wait(ms, undefined, { signal: over.signal }).catch(() => undefined)])
  over.abort()
}

export type EndingDeps = Pick<SignInDeps, 'sessions' | 'tokens' | 'revocations' | 'onSignOut' | 'audit' | 'log'>

/** Ends a user session, also another browser's. */
export async function endUserSession(
  deps: EndingDeps,
  userSession: CurrentUserSession,
  { event, requestId }: { event: EndedElsewhere; requestId: string },
): Promise<void> {
  const { ref, userRef } = userSession
  const ended = await deps.sessions.endFound(userSession)
  const actor = { requestId, user: userRef, userSession: ref }
  deps.audit({ event, ...actor })
  await callOnSignOut(deps, ref, userRef)
  // Not awaited: the caller may be the issuer itself.
  void deps.revocations.revoke(deps.tokens.ofEnded(ended).refreshToken, actor)
}

/** Several requests may have waited for the refresh, so the audit line has its own id. */
export const endedByRefusal =
  (deps: Pick<SignInDeps, 'onSignOut' | 'audit' | 'log'> & { sessions: Pick<SignInDeps['sessions'], 'endFound'> }) =>
  async (userSession: CurrentUserSession): Promise<void> => {
    const { ref, userRef } = userSession
    deps.audit({ event: 'signed_out_by_issuer', requestId: randomUUID(), user: userRef, userSession: ref })
    // The user session has ended already: this takes it out of the index.
    try {
      await deps.sessions.endFound(userSession)
    } catch (err) {
      deps.log.error({ err }, 'an ended user session was not taken out of the index')
    }
    await callOnSignOut(deps, ref, userRef)
  }

/** A failing hook is only logged: the user session has ended. */
export async function callOnSignOut(
  deps: Pick<SignInDeps, 'onSignOut' | 'log'>,
  ref: UserSessionRef,
  user: UserRef | undefined,
): Promise<void> {
  try {
    await deps.onSignOut?.(ref, user)
  } catch (err) {
    deps.log.error({ err }, 'records of an ended user session were not cleaned up')
  }
}
