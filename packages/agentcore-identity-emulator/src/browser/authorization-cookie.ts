import { parseCookie, stringifySetCookie } from 'cookie'
import { sha256 } from '../constant-time.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationSession, Trip } from '../state/authorization-sessions.ts'

const NAME = 'agentcore-identity-authorization'

/**
 * The cookie was seen live (cn-north-1, September 2026), but not its name and attributes. Because of its path, a vendor on another port of the
 * host does not get it.
 */
export function authorizationCookie(session: AuthorizationSession, trip: Trip, state: EmulatorState) {
  const { protocol, pathname } = new URL(`${state.publicUrl}/identities/oauth2`)
  return stringifySetCookie({
    name: cookieName(session, state),
    value: trip.browserSecret,
    path: pathname,
    maxAge: Math.ceil((session.expiresAt - state.clock.now()) / 1000),
    httpOnly: true,
    // The vendor's redirect back comes from another site.
    sameSite: 'lax',
    // Over plain HTTP not every cookie jar returns a Secure cookie.
    secure: protocol === 'https:',
  })
}

export function sessionsOfBrowser(cookieHeader: string | undefined, state: EmulatorState) {
  return Object.entries(parseCookie(cookieHeader ?? '')).flatMap(([name, value]) => {
    const session = state.sessions.findByBrowserSecret(value ?? '')
    return session !== undefined && name === cookieName(session, state) ? [session] : []
  })
}

/** Under one name, a browser's second `authorize` replaces the cookie of its first. */
function cookieName({ sessionUri }: AuthorizationSession, { assumptions }: EmulatorState) {
  return assumptions.authorizationCookie === 'shared'
    ? NAME
    : `${NAME}-${sha256(sessionUri).toString('hex').slice(0, 16)}`
}
