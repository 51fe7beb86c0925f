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

/** One request to `/vendor/token`, of an authenticated client. */
export function answerTokenRequest(form: Form, clientId: string, vendor: BuiltInVendor): TokenAnswer {
  switch (single(form.grant_type)) {
    case 'authorization_code':
      return redeemCode(form, clientId, vendor)
    case 'refresh_token':
      return issued(vendor.refresh(single(form.refresh_token) ?? '', clientId), 'refresh token')
    case 'client_credentials':
      return issued(vendor.issueToClient(clientId, (single(form.scope) ?? '').split(' ').filter(Boolean)), 'client')
    default:
      return oauthError('unsupported_grant_type', 'authorization_code, refresh_token or client_credentials')
  }
}

function redeemCode(form: Form, clientId: string, vendor: BuiltInVendor) {
  const codeChallenge = sha256(single(form.code_verifier) ?? '').toString('base64url')
  const redirectUri = single(form.redirect_uri) ?? ''
  return issued(vendor.redeem(single(form.code) ?? '', { clientId, redirectUri, codeChallenge }), 'code')
}

function issued(tokens: IssuedTokens | undefined, what: string): TokenAnswer {
  if (tokens === undefined)
    return oauthError('invalid_grant', `The ${what} is unknown, used, expired, revoked or not this client's`)
  const { accessToken, refreshToken, expiresInSeconds } = tokens
  return {
    status: 200,
    body: {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    },
  }
}
