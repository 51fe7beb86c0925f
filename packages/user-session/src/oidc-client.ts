import { RESERVED_AUTHORIZATION_PARAMETERS, ROUTES, type User } from '@agent-identity/contracts'
import type { Clock, Logger } from '@agent-identity/service-runtime'
import * as oidc from 'openid-client'
import { createKeysAtHand } from './keys-at-hand.ts'
import { copyOf, lazyDiscovery } from './lazy-discovery.ts'
import { createLogoutTokenReader, type ReadLogoutToken } from './logout-token.ts'
import { isAuthorizedParty, subjectOf, userFromClaims } from './oidc-claims.ts'
import { describeFailure, isIssuerAway, isRefusal, oauthErrorOf } from './oidc-failure.ts'
import { type Administrators, type SignInFacts, signInFactsOf } from './sign-in-facts.ts'

export interface OidcClientSettings {
  issuer: string
  clientId: string
  clientSecret: string
  scopes: string
  /** None of {@link RESERVED_AUTHORIZATION_PARAMETERS}. */
  authorizationParameters?: Readonly<Record<string, string>>
  administrators?: Administrators | undefined
  publicUrl: string
  signOut: 'rp-initiated' | 'cognito'
  /** Of each request to the issuer. */
  timeoutSeconds?: number | undefined
  clock: Clock
  log: Logger
}

export interface IssuedTokens {
  accessToken: string
  expiresInSeconds: number
  refreshToken?: string | undefined
  idToken: string
}

export interface ExpectedAnswer {
  state: string
  nonce: string
  codeVerifier: string
}

export type ExchangeOutcome =
  /** `issuedAt`: of the ID token, Unix time in milliseconds. */
  | { outcome: 'signed-in'; user: User; facts: SignInFacts; issuedAt: number; tokens: IssuedTokens }
  | { outcome: 'refused'; reason: 'refused-by-issuer' | 'issuer-answer-not-valid' | 'issuer-unavailable' }

export type RefreshOutcome =
  | { outcome: 'refreshed'; tokens: IssuedTokens }
  /** `invalid_grant` (RFC 6749 §5.2), or the new ID token is another user's or has another `azp`. */
  | { outcome: 'refused' }
  /** Also when the issuer's keys cannot be read beforehand: then the refresh token was not sent. */
  | { outcome: 'unavailable' }

export type RevocationOutcome =
  | 'revoked'
  /** No revocation endpoint. */
  | 'not-offered'
  | 'refused'
  | 'unavailable'

export interface OidcClient {
  /** @returns undefined when the issuer's metadata cannot be read. */
  authorizationUrl(request: ExpectedAnswer): Promise<string | undefined>
  /** The ID token's signature is checked. */
  exchangeCode(answer: URLSearchParams, expected: ExpectedAnswer): Promise<ExchangeOutcome>
  /** A refreshed ID token must have the subject of `idToken`. */
  refresh(tokens: { refreshToken: string; idToken: string }): Promise<RefreshOutcome>
  /** RFC 7009. Does not reject. */
  revoke(refreshToken: string): Promise<RevocationOutcome>
  /** @returns undefined when the issuer offers no sign-out, or its metadata cannot be read. */
  signOutUrl(idTokenHint: string | undefined): Promise<string | undefined>
  readLogoutToken: ReadLogoutToken
}

/**
 * OpenID Connect Core §3.1.2.1: with `max_age` an issuer has to send `auth_time`, which administrators need. Long, so that hardly any
 * user has to sign in there again.
 */
const MAX_AGE_SECONDS = 31_536_000

/** RFC 6749 §5.1: an issuer may omit `expires_in`. */
const UNKNOWN_LIFETIME_SECONDS = 60

export function createOidcClient(settings: OidcClientSettings): OidcClient {
  const { clientId, log } = settings
  if (!settings.scopes.split(' ').includes('openid')) throw new Error('The sign-in scopes must include openid')
  for (const name of Object.keys(settings.authorizationParameters ?? {}))
    if (RESERVED_AUTHORIZATION_PARAMETERS.includes(name))
      throw new Error(`The authorization parameters must not set ${name}`)
  // Behind a load balancer the request's own URL is not the browser's.
  const signInRedirectUri = new URL(ROUTES.signInRedirect, settings.publicUrl).href
  const configuration = lazyDiscovery(settings)
  const withKeys = createKeysAtHand({
    copyOf: (found) => copyOf(found, settings),
    clock: settings.clock,
    timeoutSeconds: settings.timeoutSeconds,
  })

  const toTokens = (response: oidc.TokenEndpointResponse, idToken: string): IssuedTokens => ({
    accessToken: response.access_token,
    expiresInSeconds: response.expires_in ?? UNKNOWN_LIFETIME_SECONDS,
    refreshToken: response.refresh_token,
    idToken,
  })

  const readLogoutToken = createLogoutTokenReader({
    clientId,
    timeoutSeconds: settings.timeoutSeconds,
    clock: settings.clock,
    log,
    async signaturesOf() {
      const {
        issuer,
        jwks_uri,
        id_token_signing_alg_values_supported: algorithms,
      } = (await configuration())?.serverMetadata() ?? {}
      return issuer === undefined ? undefined : { issuer, jwksUri: jwks_uri, algorithms }
    },
  })

  return {
    readLogoutToken,

    async authorizationUrl({ state, nonce, codeVerifier }) {
      const found = await configuration()
      if (!found) return undefined
      return oidc.buildAuthorizationUrl(found, {
        ...(settings.administrators && { max_age: String(MAX_AGE_SECONDS) }),
        ...settings.authorizationParameters,
        redirect_uri: signInRedirectUri,
        scope: settings.scopes,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      }).href
    },

    async exchangeCode(answer, expected) {
      const found = await configuration()
      if (!found) return { outcome: 'refused', reason: 'issuer-unavailable' }
      const url = new URL(signInRedirectUri)
      url.search = answer.toString()
      try {
        const response = await oidc.authorizationCodeGrant(found, url, {
          expectedState: expected.state,
          expectedNonce: expected.nonce,
          pkceCodeVerifier: expected.codeVerifier,
          idTokenExpected: true,
        })
        const claims = response.claims()
        const user = claims && isAuthorizedParty(claims, clientId) ? userFromClaims(claims) : undefined
        if (!claims || !user || response.id_token === undefined)
          return { outcome: 'refused', reason: 'issuer-answer-not-valid' }
        return {
          outcome: 'signed-in',
          user,
          facts: signInFactsOf(claims, settings.administrators),
          issuedAt: claims.iat * 1_000,
          tokens: toTokens(response, response.id_token),
        }
      } catch (error) {
        log.warn(describeFailure(error), 'the issuer’s answer to a sign-in was not accepted')
        if (isIssuerAway(error)) return { outcome: 'refused', reason: 'issuer-unavailable' }
        return { outcome: 'refused', reason: isRefusal(error) ? 'refused-by-issuer' : 'issuer-answer-not-valid' }
      }
    },

    async refresh({ refreshToken, idToken }) {
      const found = await configuration()
      if (!found) return { outcome: 'unavailable' }
      try {
        const response = await oidc.refreshTokenGrant(await withKeys(found), refreshToken)
        const claims = response.claims()
        // OpenID Connect Core §12.2.
        if (claims && (claims.sub !== subjectOf(idToken) || !isAuthorizedParty(claims, clientId))) {
          log.error('the issuer answered a refresh with another user’s or another app’s ID token')
          return { outcome: 'refused' }
        }
        return { outcome: 'refreshed', tokens: toTokens(response, response.id_token ?? idToken) }
      } catch (error) {
        log.warn(describeFailure(error), 'the user’s tokens were not refreshed')
        return { outcome: oauthErrorOf(error) === 'invalid_grant' ? 'refused' : 'unavailable' }
      }
    },

    async revoke(refreshToken) {
      const found = await configuration()
      if (!found) return 'unavailable'
      if (found.serverMetadata().revocation_endpoint === undefined) return 'not-offered'
      try {
        await oidc.tokenRevocation(found, refreshToken, { token_type_hint: 'refresh_token' })
        return 'revoked'
      } catch (error) {
        log.warn(describeFailure(error), 'the user’s refresh token was not revoked')
        return isRefusal(error) && !isIssuerAway(error) ? 'refused' : 'unavailable'
      }
    },

    async signOutUrl(idTokenHint) {
      const found = await configuration()
      if (!found) return undefined
      const { end_session_endpoint: endSession, authorization_endpoint: authorization } = found.serverMetadata()
      const signedOut = settings.publicUrl + ROUTES.signedOut
      if (settings.signOut === 'cognito') {
        // Amazon Cognito developer guide, "Logout endpoint".
        const url = new URL('/logout', endSession ?? authorization)
        url.search = new URLSearchParams({ client_id: clientId, logout_uri: signedOut }).toString()
        return url.href
      }
      if (!endSession) return undefined
      return oidc.buildEndSessionUrl(found, {
        post_logout_redirect_uri: signedOut,
        ...(idTokenHint === undefined ? {} : { id_token_hint: idTokenHint }),
      }).href
    },
  }
}
