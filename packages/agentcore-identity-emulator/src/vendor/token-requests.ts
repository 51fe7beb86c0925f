import { single } from '../browser/single-parameter.ts'
import { sha256 } from '../constant-time.ts'
import type { BuiltInVendor, IssuedTokens } from './built-in-vendor.ts'

type Form = Readonly<Record<string, unknown>>
export type TokenAnswer = { status: number; body: Record<string, unknown> }

/** RFC 6749 §5.2. */
export const oauthError = (error: string, description: string, status = 400): TokenAnswer => ({
  status,
  body: { error, error_description: description },
})

export function answerTokenRequest(form: Form, clientId: string, vendor: BuiltInVendor): TokenAnswer {
  switch (single(form.grant_type)) {
    case 'authorization_code':
      return redeemCode(form, clientId, vendor)
    case 'refresh_token':
      return refresh(form, clientId, vendor)
    case 'client_credentials':
      return issued(vendor.issueToClient(clientId, scopesOf(form) ?? []), 'client')
    case undefined:
      return missing('grant_type')
    default:
      return oauthError('unsupported_grant_type', 'authorization_code, refresh_token or client_credentials')
  }
}

function redeemCode(form: Form, clientId: string, vendor: BuiltInVendor) {
  const code = single(form.code)
  if (code === undefined) return missing('code')
  const verifier = single(form.code_verifier) ?? ''
  if (!isPkceValue(verifier))
    return oauthError('invalid_request', 'code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~')
  const codeChallenge = sha256(verifier).toString('base64url')
  const redirectUri = single(form.redirect_uri) ?? ''
  return issued(vendor.redeem(code, { clientId, redirectUri, codeChallenge }), 'code')
}

function refresh(form: Form, clientId: string, vendor: BuiltInVendor) {
  const refreshToken = single(form.refresh_token)
  if (refreshToken === undefined) return missing('refresh_token')
  const tokens = vendor.refresh(refreshToken, clientId, scopesOf(form))
  if (tokens === 'invalid_scope') return oauthError(tokens, 'The user has not consented to all of these scopes')
  return issued(tokens, 'refresh token')
}

/** A code verifier or challenge (RFC 7636 §4.1 and §4.2). */
export const isPkceValue = (text: string) => /^[\w.~-]{43,128}$/.test(text)

export const missing = (parameter: string) => oauthError('invalid_request', `${parameter} is required, once`)

const scopesOf = (form: Form) => single(form.scope)?.split(' ').filter(Boolean)

function issued(tokens: IssuedTokens | undefined, what: string): TokenAnswer {
  if (tokens === undefined)
    return oauthError('invalid_grant', `The ${what} is unknown, used, expired, revoked or not this client's`)
  const { accessToken, refreshToken, scopes, expiresInSeconds } = tokens
  return {
    status: 200,
    body: {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    },
  }
}
