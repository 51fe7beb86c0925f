import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import { type Query, single } from './authorize.ts'
import { type BrowserAnswer, badRequest, missingParameters } from './browser-answer.ts'

/**
 * Leg two: the vendor sends the browser back. The code stays here, unspent, until the application has said whose it is;
 * the browser goes on to the application's return URL with the session URI only.
 */
export function callback(callbackId: string, query: Query, state: EmulatorState): BrowserAnswer {
  const code = single(query.code)
  const vendorState = single(query.state)
  const error = single(query.error)
  if (error !== undefined && code === undefined && state.assumptions.deniedConsent === 'return') {
    return denied({ callbackId, vendorState, error, description: single(query.error_description) }, state)
  }
  const missing = [code === undefined && 'authorizationCode', vendorState === undefined && 'state'].filter(
    (name) => name !== false,
  )
  if (code === undefined || vendorState === undefined) return missingParameters(missing)

  const session = returningSession(callbackId, vendorState, state)
  if (session === undefined) return badRequest('Invalid or expired state')
  state.sessions.endTrip(session)
  session.code = code
  session.status = 'returned'
  return { redirectTo: returnTo(session, {}) }
}

/** Not AWS's documented behaviour: a friendlier guess, for applications that want to be ready for it. */
function denied(
  trip: { callbackId: string; vendorState: string | undefined; error: string; description: string | undefined },
  state: EmulatorState,
): BrowserAnswer {
  if (trip.vendorState === undefined) return missingParameters(['state'])
  const session = returningSession(trip.callbackId, trip.vendorState, state)
  if (session === undefined) return badRequest('Invalid or expired state')
  state.sessions.endTrip(session)
  session.status = 'failed'
  return { redirectTo: returnTo(session, { error: trip.error, error_description: trip.description }) }
}

/**
 * Only the provider that the session belongs to may answer for it: another provider's callback URL with this `state`
 * would be a mix-up attack (RFC 9700 §4.4).
 */
function returningSession(callbackId: string, vendorState: string, state: EmulatorState) {
  const session = state.sessions.findByState(vendorState)
  if (session === undefined || session.status !== 'waiting') return undefined
  const provider = state.oauth2Providers.get(session.providerName)
  const same = provider?.instanceId === session.request.providerInstanceId && provider.callbackId === callbackId
  return same ? session : undefined
}

/** The registered URL stays as it is, character for character; only parameters are appended, before any fragment. */
function returnTo(session: AuthorizationSession, more: Record<string, string | undefined>) {
  const [base = '', fragment] = session.returnUrl.split(/#(.*)/s)
  const parameters = new URLSearchParams({ session_id: session.sessionUri })
  if (session.customState !== undefined) parameters.set('state', session.customState)
  for (const [name, value] of Object.entries(more)) if (value !== undefined) parameters.set(name, value)
  const separator = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&'
  return `${base}${separator}${parameters}${fragment === undefined ? '' : `#${fragment}`}`
}
