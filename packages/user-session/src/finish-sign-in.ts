import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { requestIdOf, userRef } from '@agent-identity/service-runtime'
import type { RequestHandler } from 'express'
import type { SignInRefusal } from './audit.ts'
import { HOST_COOKIE } from './host-cookies.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { queryOf, signInCookieOf } from './sign-in-request.ts'
import type { SignInTransactions } from './sign-in-transactions.ts'
import { callOnSignOut } from './sign-out.ts'

/**
 * Step 1, the return. First refuses a return without a sign-in of this browser, before anything is consumed; then checks the
 * issuer's answer; then replaces the user session that this browser had.
 */
export const finishSignIn =
  (deps: SignInDeps, transactions: SignInTransactions): RequestHandler =>
  async (request, response) => {
    const requestId = requestIdOf(request)
    const refuse = (reason: SignInRefusal) => {
      deps.log.warn({ reason, requestId }, 'sign-in refused')
      deps.audit({ event: 'sign_in_refused', requestId, reason })
      deps.renderSignInFailed(response, reason === 'issuer-unavailable' ? 503 : 400)
    }

    const answer = queryOf(request)
    const [state, ...others] = answer.getAll('state')
    if (state === undefined || others.length > 0) return refuse('no-state')
    const transaction = await transactions.take(state, signInCookieOf(request))
    if ('refused' in transaction) return refuse(transaction.refused)

    const receivedAt = deps.clock()
    const exchange = await deps.oidc.exchangeCode(answer, { state, ...transaction })
    if (exchange.outcome === 'refused') return refuse(exchange.reason)

    const before = deps.sessions.current(request)
    /** The user session that this browser had has ended, whatever becomes of the new one. */
    const tellReplaced = async (ended: UserSessionRef) => {
      await callOnSignOut(deps, ended)
      if (before) deps.audit({ event: 'signed_out', requestId, user: before.userRef, userSession: before.ref })
    }
    /** For a user session that could not be begun or completed: no record has its refresh token, which the issuer would still accept. */
    const withdraw = (userSession?: UserSessionRef) => {
      const actor = { requestId, user: userRef(exchange.user), ...(userSession && { userSession }) }
      // Not awaited: the refusal does not wait for the issuer.
      void deps.revocations.revoke(exchange.tokens.refreshToken, actor)
    }
    const { session, browserSecret, secondsToLive } = await deps.sessions
      .begin(request, exchange.user, exchange.facts, tellReplaced)
      .catch((error) => {
        withdraw()
        throw error
      })
    try {
      const { expiresInSeconds, ...tokens } = exchange.tokens
      const accessTokenExpiresAt = receivedAt + expiresInSeconds * 1_000
      await deps.tokens.save(session.ref, { ...tokens, accessTokenExpiresAt }, secondsToLive)
      // Asked last: an erasure that did not find this user session has written its mark by now.
      if (await deps.isErased?.(session.userRef, Math.min(exchange.issuedAt, receivedAt))) {
        await deps.sessions.end(request)
        withdraw(session.ref)
        return refuse('erased')
      }
    } catch (error) {
      // Without its tokens, or while it is not known whether its user was erased, the new user session must not stay.
      await deps.sessions
        .end(request)
        .catch((err) => deps.log.warn({ err }, 'an incomplete user session could not be removed and will expire'))
      withdraw(session.ref)
      throw error
    }
    // Set with the user session's cookie: a thief of that cookie alone can neither start nor finish a consent.
    response.cookie(BROWSER_BINDING_COOKIE, browserSecret, HOST_COOKIE)
    deps.audit({ event: 'signed_in', requestId, user: session.userRef, userSession: session.ref })
    response.redirect(deps.publicUrl + transaction.returnTo)
  }
