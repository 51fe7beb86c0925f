import type { RequestHandler } from 'express'
import { parseReturnTo } from './return-to.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { queryOf } from './sign-in-request.ts'
import type { SignInTransactions } from './sign-in-transactions.ts'

/**
 * Step 1.
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

    const { state, transaction } = transactions.begin(returnTo)
    const authorizationUrl = await deps.oidc.authorizationUrl({ state, ...transaction })
    if (!authorizationUrl) return deps.renderSignInFailed(response, 503)
    transactions.give(request, response, state, transaction)
    response.redirect(authorizationUrl)
  }
