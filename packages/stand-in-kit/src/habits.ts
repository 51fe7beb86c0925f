import type { KoaContextWithOIDC } from 'oidc-provider'
import type { AuthorizationServer } from './authorization-server/create-authorization-server.ts'
import { messagePage } from './pages/message-page.ts'
import { PAGE_HEADERS } from './pages/style.ts'

/**
 * What vendors do differently, and the OAuth specifications allow:
 * - `refuses-unknown-parameters`: a page of its own instead of the consent (RFC 6749 §3.1 says "MUST ignore");
 * - `one-token-ends-all`: the revocation of one token ends all of its account's, as at Google;
 * - `same-token-again`: another consent of an account returns the token that it has, with the scopes of both, as at Slack;
 * - `consent-ends-earlier`: another consent of an account ends the tokens that it has.
 */
export type VendorHabit =
  | 'refuses-unknown-parameters'
  | 'one-token-ends-all'
  | 'same-token-again'
  | 'consent-ends-earlier'

type Next = () => Promise<void>

/** Of OAuth 2.0, its extensions and OpenID Connect. */
const STANDARD = [
  ...['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'code_challenge', 'code_challenge_method'],
  ...['acr_values', 'claims', 'claims_locales', 'display', 'id_token_hint', 'login_hint', 'max_age', 'nonce'],
  ...['prompt', 'resource', 'response_mode', 'ui_locales'],
]

/** @param known the vendor's own parameters */
export function takeOnHabits(
  server: AuthorizationServer,
  habits: readonly VendorHabit[],
  { authorizationPath, known }: { authorizationPath: string; known: readonly string[] },
): void {
  const { provider, store } = server
  if (habits.includes('refuses-unknown-parameters'))
    provider.use(refuseUnknown(server, authorizationPath, new Set([...STANDARD, ...known])))
  if (habits.includes('one-token-ends-all')) {
    provider.on('access_token.destroyed', ({ accountId }) => store.revokeGrantsOf(accountId))
    provider.on('refresh_token.destroyed', ({ accountId }) => store.revokeGrantsOf(accountId))
  }
  if (habits.includes('same-token-again')) provider.use(returnSameToken(server))
  if (habits.includes('consent-ends-earlier')) provider.use(endEarlier(server))
}

const refuseUnknown =
  ({ look }: AuthorizationServer, path: string, known: ReadonlySet<string>) =>
  async (context: KoaContextWithOIDC, next: Next) => {
    const unknown = Object.keys(context.query).filter((name) => !known.has(name))
    if (context.path !== path || unknown.length === 0) return next()
    context.status = 400
    context.set(PAGE_HEADERS)
    context.body = messagePage(look, 'This did not work', `Unknown parameter: ${unknown.join(', ')}`)
  }

/** The access token of a consent, once the vendor has answered with it. */
function tokenOfConsent({ oidc, body }: KoaContextWithOIDC) {
  const token = oidc?.params?.grant_type === 'authorization_code' ? oidc.entities.AccessToken : undefined
  const answer = body as Record<string, unknown> | undefined
  return token && answer?.access_token !== undefined
    ? { token, answer, refresh: oidc.entities.RefreshToken }
    : undefined
}

const scopesOf = (scope: string | undefined) => (scope ?? '').split(' ').filter(Boolean)

function returnSameToken({ provider, store }: AuthorizationServer) {
  const latest = new Map<string, string>()
  const tokens = store.adapter('AccessToken')
  return async (context: KoaContextWithOIDC, next: Next) => {
    await next()
    const consent = tokenOfConsent(context)
    if (!consent) return
    const { token, answer } = consent
    const earlier = await provider.AccessToken.find(latest.get(token.accountId) ?? '')
    if (!earlier) return void latest.set(token.accountId, token.jti)
    const scope = [...new Set([...scopesOf(earlier.scope), ...scopesOf(token.scope)])].join(' ')
    // oidc-provider does not save an opaque token that it has read.
    await tokens.upsert(earlier.jti, { ...(await tokens.find(earlier.jti)), scope }, earlier.remainingTTL)
    await tokens.destroy(token.jti)
    Object.assign(answer, { access_token: earlier.jti, scope })
  }
}

const endEarlier =
  ({ store }: AuthorizationServer) =>
  async (context: KoaContextWithOIDC, next: Next) => {
    await next()
    const consent = tokenOfConsent(context)
    if (!consent) return
    const { token, refresh } = consent
    store.endTokensOf(token.accountId, { but: [token.jti, ...(refresh ? [refresh.jti] : [])] })
  }
