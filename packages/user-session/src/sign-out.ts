import { BROWSER_BINDING_COOKIE, ROUTES, USER_SESSION_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { requestIdOf } from '@agent-identity/service-runtime'
import type { RequestHandler } from 'express'
import { HOST_COOKIE } from './host-cookies.ts'
import type { SignInDeps } from './sign-in-routes.ts'

/**
 * Ends the user session here first, for every replica, whatever may fail after that; then sends the browser to the
 * issuer to end the single sign-on there. Who is not signed in gets the same answer: signing out is never an error.
 */
export const signOut =
  (deps: SignInDeps): RequestHandler =>
  async (request, response) => {
    const current = deps.sessions.current(request)
    const idTokenHint = current && (await deps.tokens.idTokenHint(current.ref))
    const ended = await deps.sessions.end(request)
    response.clearCookie(USER_SESSION_COOKIE, HOST_COOKIE)
    response.clearCookie(BROWSER_BINDING_COOKIE, HOST_COOKIE)
    if (ended) await callOnSignOut(deps, ended)
    if (current)
      deps.audit?.({
        event: 'signed_out',
        requestId: requestIdOf(request),
        user: current.userRef,
        userSession: current.ref,
      })
    const elsewhere = current && (await deps.oidc.signOutUrl(idTokenHint))
    response.redirect(303, elsewhere ?? deps.publicUrl + ROUTES.signedOut)
  }

/** The user session is over already, so a failing hook is logged and changes nothing. */
export async function callOnSignOut(deps: Pick<SignInDeps, 'onSignOut' | 'log'>, ref: UserSessionRef): Promise<void> {
  try {
    await deps.onSignOut?.(ref)
  } catch (err) {
    deps.log.error({ err }, 'what belongs to an ended user session was not cleaned up')
  }
}
