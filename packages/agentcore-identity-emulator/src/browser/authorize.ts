import { sha256 } from '../constant-time.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { setScopesAndResources } from '../grants/token-input.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import { callbackUrl } from '../state/oauth2-provider.ts'
import { authorizationCookie } from './authorization-cookie.ts'
import { type BrowserAnswer, badRequest, missingParameters } from './browser-answer.ts'

/**
 * Leg one: the user's browser, sent here by the application, leaves for the vendor. The redirect carries the
 * parameters observed on the live service (us-east-1, June 2026) and never the request_uri.
 */
export async function authorize(query: Query, state: EmulatorState): Promise<BrowserAnswer> {
  const requestUri = single(query.request_uri)
  if (requestUri === undefined) return missingParameters(['requestUri'])
  const session = state.sessions.find(requestUri)
  if (session === undefined) return badRequest('Invalid or expired request_uri')
  const provider = state.oauth2Providers.get(session.providerName)
  if (provider?.instanceId !== session.request.providerInstanceId) return badRequest('Invalid or expired request_uri')

  const { authorizationEndpoint } = await state.authorizationServers.resolve(provider)
  // After discovery, which takes a while: another tab of the same user may have come back meanwhile.
  if (session.status !== 'waiting') return badRequest('Invalid or expired request_uri')
  const trip = state.sessions.startTrip(session, callbackUrl(provider, state.publicUrl))
  return {
    redirectTo: vendorUrl(authorizationEndpoint, provider.clientId, session, trip),
    setCookie: authorizationCookie(session, trip, state),
  }
}

export type Query = Readonly<Record<string, unknown>>

/** A parameter given twice means two things (RFC 6749 §3.1): it counts as absent. */
export const single = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

function vendorUrl(
  authorizationEndpoint: string,
  clientId: string,
  { request }: AuthorizationSession,
  trip: NonNullable<AuthorizationSession['trip']>,
) {
  const url = new URL(authorizationEndpoint)
  // "These parameters are in addition to the standard OAuth 2.0 flow parameters, and will not override them."
  for (const [name, value] of Object.entries(request.customParameters)) url.searchParams.set(name, value)
  for (const name of ['scope', 'resource', 'request', 'request_uri']) url.searchParams.delete(name)
  url.searchParams.set('client_id', clientId)
  url.searchParams.set('redirect_uri', trip.redirectUri)
  url.searchParams.set('response_type', 'code')
  url.searchParams.set('state', trip.state)
  url.searchParams.set('code_challenge', sha256(trip.codeVerifier).toString('base64url'))
  url.searchParams.set('code_challenge_method', 'S256')
  setScopesAndResources(url.searchParams, request)
  return url.href
}
