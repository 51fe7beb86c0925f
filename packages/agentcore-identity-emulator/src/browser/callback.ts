import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import { sessionsOfBrowser } from './authorization-cookie.ts'
import { type BrowserAnswer, badRequest, missingParameters } from './browser-answer.ts'
import { type Query, single } from './single-parameter.ts'

type Return = { callbackId: string; query: Query; cookieHeader: string | undefined }

/** The code is stored, unused, until the application has confirmed the user. */
export function callback({ callbackId, query, cookieHeader }: Return, state: EmulatorState): BrowserAnswer {
  const code = single(query.code)
  const vendorState = single(query.state)
  const error = single(query.error)
  const denied = error !== undefined && code === undefined && state.assumptions.deniedConsent === 'return'
  const sessions = sessionsOfBrowser(cookieHeader, state)
  const missing = [
    sessions.length === 0 && 'cookie',
    code === undefined && !denied && 'authorizationCode',
    vendorState === undefined && 'state',
  ].filter((name) => name !== false)
  if (vendorState === undefined || missing.length > 0) return missingParameters(missing)

  const returning = returningTrip(callbackId, vendorState, state)
  if (returning === undefined) return badRequest('Invalid or expired state')
  const { session, trip } = returning
  // Another browser, or the cookie of another authorization. AWS's answer is not known.
  if (!sessions.includes(session)) return missingParameters(['cookie'])
  state.sessions.endTrip(trip)
  if (denied) {
    // AWS does not document what happens after a denial.
    session.status = 'failed'
    return { redirectTo: returnTo(session, { error, error_description: single(query.error_description) }) }
  }
  session.returned = { trip, code: code as string }
  session.status = 'returned'
  return { redirectTo: returnTo(session, {}) }
}

/** A return to another provider's callback URL with this `state` could be a mix-up attack (RFC 9700 §4.4). */
function returningTrip(callbackId: string, vendorState: string, state: EmulatorState) {
  const session = state.sessions.findByState(vendorState)
  const trip = session?.trips.find((one) => one.state === vendorState)
  if (session === undefined || trip === undefined) return undefined
  // After one return, another trip of a reusable authorization URL may come back: the last one counts.
  if (session.status !== 'waiting' && session.status !== 'returned') return undefined
  const provider = state.oauth2Providers.get(session.providerName)
  const same = provider?.instanceId === session.request.providerInstanceId && provider.callbackId === callbackId
  return same ? { session, trip } : undefined
}

/** Does not normalize the return URL: it stays as registered. */
function returnTo(session: AuthorizationSession, more: Record<string, string | undefined>) {
  const [base = '', fragment] = session.returnUrl.split(/#(.*)/s)
  const parameters = new URLSearchParams(session.customState === undefined ? {} : { state: session.customState })
  for (const [name, value] of Object.entries(more)) if (value !== undefined) parameters.set(name, value)
  const separator = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&'
  // The session URI is not escaped, as reported of the live service (us-west-2, July 2026).
  const query = [`session_id=${session.sessionUri}`, ...(parameters.size > 0 ? [parameters] : [])].join('&')
  return `${base}${separator}${query}${fragment === undefined ? '' : `#${fragment}`}`
}
