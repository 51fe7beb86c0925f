import { sha256 } from '../constant-time.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { VendorError } from '../oauth/vendor-error.ts'
import type { AuthorizationSession, Trip } from '../state/authorization-sessions.ts'
import { callbackUrl } from '../state/oauth2-provider.ts'
import { authorizationCookie } from './authorization-cookie.ts'
import { type BrowserAnswer, badRequest, missingParameters } from './browser-answer.ts'
import { type Query, single } from './single-parameter.ts'

export async function authorize(query: Query, state: EmulatorState): Promise<BrowserAnswer> {
  const requestUri = single(query.request_uri)
  if (requestUri === undefined) return missingParameters(['requestUri'])
  const session = state.sessions.find(requestUri)
  if (session === undefined) return badRequest('Invalid or expired request_uri')
  const provider = state.oauth2Providers.get(session.providerName)
  if (provider?.instanceId !== session.request.providerInstanceId) return badRequest('Invalid or expired request_uri')

  const { authorizationEndpoint } = await state.authorizationServers.resolve(provider)
  if (authorizationEndpoint === undefined) {
    throw new VendorError('discovery names no authorization endpoint', {
      says: 'The provider has no authorization endpoint',
    })
  }
  // Checked after discovery: meanwhile the session may have ended, or the URL may have been opened in another tab.
  if (state.sessions.find(requestUri) !== session) return badRequest('Invalid or expired request_uri')
  // The live service's words (us-west-2, August 2026).
  if (!mayOpen(session, state)) return badRequest('Invalid request')
  const earlier = state.assumptions.authorizationUrl === 'reusable' ? 'kept' : 'forgotten'
  const trip = state.sessions.startTrip(session, callbackUrl(provider, state.publicUrl), { earlier })
  return {
    redirectTo: vendorUrl(authorizationEndpoint, provider.clientId, session, trip),
    setCookie: authorizationCookie(session, trip, state),
  }
}

export function mayOpen({ status, trips }: AuthorizationSession, { assumptions }: EmulatorState): boolean {
  switch (assumptions.authorizationUrl) {
    case 'once':
      return status === 'waiting' && trips.length === 0
    case 'until-returned':
      return status === 'waiting'
    case 'reusable':
      return status === 'waiting' || status === 'returned'
  }
}

const RESERVED = ['scope', 'resource', 'request', 'request_uri']

function vendorUrl(authorizationEndpoint: string, clientId: string, { request }: AuthorizationSession, trip: Trip) {
  const url = new URL(authorizationEndpoint)
  for (const name of RESERVED) url.searchParams.delete(name)
  // The parameters are in the order of the live service (cn-north-1, 2026-09-28).
  const standard = {
    client_id: clientId,
    redirect_uri: trip.redirectUri,
    response_type: 'code',
    ...(request.scopes.length > 0 ? { scope: request.scopes.join(' ') } : {}),
    state: trip.state,
    code_challenge: sha256(trip.codeVerifier).toString('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(standard)) url.searchParams.set(name, value)
  for (const resource of request.resources) url.searchParams.append('resource', resource)
  // AWS: customParameters "will not override" the standard parameters.
  const reserved = new Set([...Object.keys(standard), ...RESERVED])
  for (const [name, value] of Object.entries(request.customParameters)) {
    if (!reserved.has(name)) url.searchParams.set(name, value)
  }
  return url.href
}
