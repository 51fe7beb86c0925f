import { SIGN_IN_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import type { RequestHandler } from 'express'
import { HOST_COOKIE } from './host-cookies.ts'
import { parseReturnTo } from './return-to.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { queryOf, signInCookieOf } from './sign-in-request.ts'
import { SIGN_IN_SECONDS, type SignInTransactions } from './sign-in-transactions.ts'

/**
 * Step 1. The cookie's secret keeps another browser from finishing the sign-in (login CSRF, RFC 6749 §10.12).
 *
 * A sign-in replaces the user session, which ends its pending authorizations: a link on a page of another origin (Fetch Metadata) must
 * not cause that.
 */
export const startSignIn =
  (deps: SignInDeps, transactions: SignInTransactions): RequestHandler =>
  async (request, response) => {
    const returnTo = parseReturnTo(queryOf(request).getAll('return_to'), deps.publicUrl)
    const fromElsewhere = ['cross-site', 'same-site'].includes(request.get('Sec-Fetch-Site') ?? '')
    if (fromElsewhere && deps.sessions.current(request)) return response.redirect(deps.publicUrl + returnTo)

    // Shared with another tab's sign-in, which would otherwise become invalid.
    const browserSecret = signInCookieOf(request) ?? randomToken(32)
    const { state, transaction } = transactions.begin(returnTo, browserSecret)
    const authorizationUrl = await deps.oidc.authorizationUrl({ state, ...transaction })
    if (!authorizationUrl) return deps.renderSignInFailed(response, 503)
    await transactions.save(state, transaction)
    response.cookie(SIGN_IN_COOKIE, browserSecret, { ...HOST_COOKIE, maxAge: SIGN_IN_SECONDS * 1_000 })
    response.redirect(authorizationUrl)
  }
