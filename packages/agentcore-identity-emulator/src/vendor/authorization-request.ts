import { type Query, single } from '../browser/single-parameter.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationRequest } from './built-in-vendor.ts'
import { registeredClient } from './clients.ts'
import { isPkceValue } from './token-requests.ts'

/** `refused`: without a redirect, because the URI is not the client's (RFC 6749 §4.1.2.1). */
export type ReadRequest =
  | { kind: 'refused'; message: string }
  | { kind: 'returned'; location: string }
  | { kind: 'request'; request: AuthorizationRequest }

export function readAuthorizationRequest(
  query: Query,
  state: Pick<EmulatorState, 'oauth2Providers' | 'publicUrl' | 'secrets'>,
): ReadRequest {
  const clientId = single(query.client_id)
  const redirectUri = single(query.redirect_uri)
  if (clientId === undefined || redirectUri === undefined || !registeredClient(clientId, redirectUri, state)) {
    return { kind: 'refused', message: 'No credential provider of this emulator has this client_id and redirect_uri.' }
  }
  const vendorState = single(query.state)
  const wrong = (error: string, description: string): ReadRequest => ({
    kind: 'returned',
    location: answerTo({ redirectUri, state: vendorState }, { error, error_description: description }),
  })
  const responseType = single(query.response_type)
  if (responseType === undefined) return wrong('invalid_request', 'response_type is required, once')
  if (responseType !== 'code') return wrong('unsupported_response_type', 'response_type must be code')
  const codeChallenge = single(query.code_challenge)
  // PKCE is not optional here: RFC 9700 §2.1.1 recommends it for confidential clients.
  if (codeChallenge === undefined || single(query.code_challenge_method) !== 'S256')
    return wrong('invalid_request', 'code_challenge with code_challenge_method S256 is required')
  if (!isPkceValue(codeChallenge)) return wrong('invalid_request', 'code_challenge must be 43 to 128 characters')
  const scopes = (single(query.scope) ?? '').split(' ').filter((scope) => scope !== '')
  const loginHint = single(query.login_hint)
  return { kind: 'request', request: { clientId, redirectUri, state: vendorState, scopes, codeChallenge, loginHint } }
}

export function answerTo(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
) {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

export const DENIED = { error: 'access_denied', error_description: 'The user denied the request' }
