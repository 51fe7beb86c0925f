import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { requestIdOf, userRef } from '@agent-identity/service-runtime'
import type { RequestHandler } from 'express'
import type { SignInRefusal } from './audit.ts'
import { HOST_COOKIE } from './host-cookies.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { queryOf } from './sign-in-request.ts'
import type { SignInTransactions } from './sign-in-transactions.ts'
import { callOnSignOut } from './sign-out.ts'
import type { EndedUserSession } from './user-session-records.ts'

/** Step 1, the return. Without a sign-in of this browser nothing is consumed. */
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
    const transaction = transactions.find(request, state)
    if (!transaction) return refuse('unknown-state')
    // Before the call: a code that is sent twice may cost the tokens that the first one brought (RFC 6749 §4.1.2).
    if (!(await transactions.consume(state))) return refuse('replayed')

    const receivedAt = deps.clock()
    const exchange = await deps.oidc.exchangeCode(answer, { state, ...transaction })
    if (exchange.outcome === 'refused') {
      // Anybody can come with a code that the issuer refuses.
      await transactions.release(state).catch(() => undefined)
      return refuse(exchange.reason)
    }

    const before = deps.sessions.current(request)
    /** Called when the old user session has ended, also if no new one is begun after it. */
    const tellReplaced = async (ended: EndedUserSession) => {
      await callOnSignOut(deps, ended.ref, before?.userRef)
      if (!before) return
      const actor = { requestId, user: before.userRef, userSession: before.ref }
      deps.audit({ event: 'signed_out', ...actor })
      // The same user's refresh token is not revoked: an issuer may end the new tokens with it (RFC 7009 §2.1).
      if (before.userRef === userRef(exchange.user)) return
      void deps.revocations.revoke(deps.tokens.ofEnded(ended).refreshToken, actor)
    }
    /** For a user session that was not begun, or does not stay: the issuer would still accept its refresh token. */
    const withdraw = (userSession?: UserSessionRef) => {
      const actor = { requestId, user: userRef(exchange.user), ...(userSession && { userSession }) }
      void deps.revocations.revoke(exchange.tokens.refreshToken, actor)
    }
    const { session, browserSecret, secondsToLive } = await deps.sessions
      .begin(request, exchange.user, exchange.facts, tellReplaced)
      .catch((error) => {
        withdraw()
        throw error
      })
    /** Not `sessions.end(request)`: when it is tried a second time, the request has no session any more. */
    const endBegun = () => {
      // express-session then neither stores the session nor sends its cookie.
      Reflect.deleteProperty(request, 'session')
      return deps.sessions.endFound(session)
    }
    try {
      const { expiresInSeconds, ...tokens } = exchange.tokens
      const accessTokenExpiresAt = receivedAt + expiresInSeconds * 1_000
      // False when the user session has ended: its end found no tokens to revoke.
      const isStored = await deps.tokens.save(session.ref, { ...tokens, accessTokenExpiresAt }, secondsToLive)
      // Asked last: an erasure that did not find this user session has written its mark by now.
      const isErased = await deps.isErased?.(session.userRef, Math.min(exchange.issuedAt, receivedAt))
      if (isErased || !isStored) {
        await endBegun()
        withdraw(session.ref)
        return refuse(isErased ? 'erased' : 'ended-meanwhile')
      }
    } catch (error) {
      // Without its tokens, or while an erasure is not ruled out, the user session must not stay.
      await endBegun().catch((err) =>
        deps.log.warn({ err }, 'an incomplete user session could not be removed and will expire'),
      )
      withdraw(session.ref)
      throw error
    }
    // Because of this second cookie, a thief of the user session's cookie alone can neither start nor finish a consent.
    response.cookie(BROWSER_BINDING_COOKIE, browserSecret, HOST_COOKIE)
    transactions.remove(response, state)
    deps.audit({ event: 'signed_in', requestId, user: session.userRef, userSession: session.ref })
    deps.onSignedIn?.(session.userRef).catch((err) => deps.log.warn({ err }, 'a sign-in could not be told'))
    response.redirect(deps.publicUrl + transaction.returnTo)
  }
